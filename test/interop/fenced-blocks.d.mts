/** All fenced blocks of a page, in order. */
export function allBlocks(markdown: string): { info: string; code: string }[];

/** The contents of all blocks whose info string is `info`. */
export function fencedBlocks(markdown: string, info: string): string[];
