import type { DataObject } from '../manifest/manifest.ts';
import type { Findings } from './findings.ts';
import { OBJECTS_AT_ONCE, type ObjectChecker } from './object-check.ts';

/** What looking for data objects has shown, in numbers. */
export interface ObjectCounts {
  /** There, as the manifest says. */
  readonly ok: number;
  /** Of these, such whose etag could not be compared: the manifest or the place has none. */
  readonly without_etag: number;
  readonly missing: number;
  readonly wrong_size: number;
  readonly wrong_etag: number;
  /** Could not be looked up. */
  readonly not_checkable: number;
  /** Why not, with an example of each. */
  readonly not_checkable_reasons: readonly NotCheckable[];
}

/** A reason for which objects could not be looked up. */
export interface NotCheckable {
  readonly reason: string;
  readonly count: number;
  /** The first such object that was met. */
  readonly example: string;
}

/** Counts what a checker says of the objects of many datasets. */
export class ObjectTally {
  #ok = 0;
  #withoutEtag = 0;
  readonly #reasons = new Map<string, { count: number; readonly example: string }>();

  /**
   * Looks for all objects of a dataset, several at once.
   *
   * @param manifestKey where their manifest is.
   */
  async check(
    manifestKey: string,
    objects: readonly DataObject[],
    checker: ObjectChecker,
    findings: Findings,
  ): Promise<void> {
    const queue = objects.values();
    const worker = async () => {
      for (const object of queue) {
        const state = await checker.check(object);
        if (state.kind === 'wrong') findings.add(state.as, manifestKey, state.problem);
        else if (state.kind === 'ok') this.#countOk(state.etag);
        else this.#countNotCheckable(state.reason, object.key);
      }
    };
    await Promise.all(Array.from({ length: OBJECTS_AT_ONCE }, worker));
  }

  /** @param findings what {@link check} was given. */
  counts(findings: Findings): ObjectCounts {
    const reasons = [...this.#reasons].map(([reason, { count, example }]) => ({
      reason,
      count,
      example,
    }));
    return {
      ok: this.#ok,
      without_etag: this.#withoutEtag,
      missing: findings.count('OBJECT_MISSING'),
      wrong_size: findings.count('OBJECT_SIZE'),
      wrong_etag: findings.count('OBJECT_ETAG'),
      not_checkable: reasons.reduce((sum, { count }) => sum + count, 0),
      not_checkable_reasons: reasons.sort((a, b) => b.count - a.count),
    };
  }

  #countOk(etag: boolean): void {
    this.#ok++;
    if (!etag) this.#withoutEtag++;
  }

  #countNotCheckable(reason: string, example: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { count: 1, example });
    else known.count++;
  }
}
