/** The contents of all blocks whose info string is `info`. */
export function fencedBlocks(markdown: string, info: string): string[];
