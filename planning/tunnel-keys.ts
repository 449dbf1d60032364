import { flawOfPreSharedKey } from "./ipsec";
import { flawOfPrivateKey } from "./wireguard-keys";

/** Keys of the user's own. */
export interface OwnKeys {
  readonly coloPrivateKey?: string | undefined;
  readonly routerPrivateKey?: string | undefined;
  readonly preSharedKey?: string | undefined;
}

export type KeyArgument = keyof OwnKeys;

/** What may be said of keys without saying them. */
export interface KeyFacts {
  readonly flaws: readonly KeyFlaw[];
  readonly given: readonly KeyArgument[];
}

export interface KeyFlaw {
  readonly argument: KeyArgument;
  readonly code: "key-malformed" | "psk-malformed" | "key-weak" | "key-shared";
}

const flawOf = {
  coloPrivateKey: flawOfPrivateKey,
  routerPrivateKey: flawOfPrivateKey,
  preSharedKey: flawOfPreSharedKey,
} as const;

const keyArguments = Object.keys(flawOf) as KeyArgument[];

export function judgeKeys(keys: OwnKeys): KeyFacts {
  const flaws = keyArguments.flatMap((argument): KeyFlaw[] => {
    const key = keys[argument];
    const code = key === undefined ? undefined : flawOf[argument](key);
    return code === undefined ? [] : [{ argument, code }];
  });
  const areShared = keys.coloPrivateKey !== undefined && keys.coloPrivateKey === keys.routerPrivateKey;
  return {
    flaws: areShared ? [...flaws, { argument: "routerPrivateKey", code: "key-shared" }] : flaws,
    given: keyArguments.filter((argument) => keys[argument] !== undefined),
  };
}
