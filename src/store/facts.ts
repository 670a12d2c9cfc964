import type { Store } from './store.ts';

/** What a store is, without what it does. */
type StoreFacts = Pick<Store, 'url' | 'rootUri' | 'rootAliases' | 'exclusive' | 'otherEtagForm'>;

/** What a store says of itself, for one that stands before it and passes on its calls. */
export function factsOf(store: Store): StoreFacts {
  const { url, rootUri, rootAliases, exclusive } = store;
  const otherEtagForm = store.otherEtagForm?.bind(store);
  return {
    ...{ url, rootUri, exclusive },
    ...(rootAliases === undefined ? {} : { rootAliases }),
    ...(otherEtagForm === undefined ? {} : { otherEtagForm }),
  };
}
