import {
  type CanonicalLogicalType,
  PHYSICAL_TYPES,
  REPETITIONS,
  type SchemaNode,
} from '../../src/schema/schema-node.ts';
import fc from '../support/fast-check.ts';

const logicalType = fc.constantFrom<CanonicalLogicalType[]>(
  null,
  ['STRING'],
  ['DECIMAL', 2, 9],
  ['DECIMAL', 2, 18],
  ['INTEGER', 8, true],
  ['INTEGER', 16, false],
  ['TIMESTAMP', true, 'MICROS'],
  ['TIME', false, 'NANOS'],
  ['GEOGRAPHY', 'OGC:CRS84', 'SPHERICAL'],
  ['VARIANT', 1],
  ['UNRECOGNIZED', 19],
);

/** Few names, so that two schemas have much in common; those of lists and maps among them. */
const head = {
  name: fc.constantFrom('a', 'b', 'array', 'ü "\\\n', ''),
  repetition: fc.constantFrom(...REPETITIONS),
};

const leaf = fc
  .record({
    ...head,
    logicalType,
    physicalType: fc.constantFrom(...PHYSICAL_TYPES),
    length: fc.constantFrom(0, 4, 16),
  })
  .map(({ length, ...rest }): SchemaNode => {
    const typeLength = rest.physicalType === 'FIXED_LEN_BYTE_ARRAY' ? length : null;
    return { ...rest, typeLength };
  });

const { field } = fc.letrec<{ field: SchemaNode; group: SchemaNode; container: SchemaNode }>(
  (tie) => ({
    field: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('group'),
      tie('container'),
    ),
    group: fc.record({
      ...head,
      logicalType: fc.constantFrom<CanonicalLogicalType[]>(null, ['LIST'], ['MAP']),
      typeLength: fc.constant(null),
      children: fc.array(tie('field'), { minLength: 1, maxLength: 3 }),
    }),
    // What a list or a map has to look like is seldom hit upon.
    container: fc
      .tuple(tie('group'), tie('field'), fc.constantFrom('LIST', 'MAP'))
      .map(([outer, inner, kind]): SchemaNode => {
        const repeated: SchemaNode = { ...inner, repetition: 'REPEATED' };
        return { ...outer, logicalType: [kind], children: [repeated] };
      }),
  }),
);

/** A schema of 1 to 4 columns. */
export const arbitrarySchema = fc.array(field, { minLength: 1, maxLength: 4 });
