/** Where to connect over WebSocket, and how the host proves its identity. */

export interface WebSocketTarget {
  readonly url: string;
  /** File with this guest's token. */
  readonly tokenFile: string;
  /** PEM file with the authority that signed the host's certificate; absent: the well-known ones. */
  readonly caFile?: string;
  /** SHA-256 of the host's own certificate, 64 lower-case hex digits; counts instead of an authority. */
  readonly fingerprint?: string;
}

/** The options as they were written. */
export interface TargetWords {
  readonly url?: string | undefined;
  readonly "token-file"?: string | undefined;
  readonly ca?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly "insecure-ws"?: boolean | undefined;
}

export type TargetResult =
  | { readonly ok: true; readonly target: WebSocketTarget | undefined }
  | { readonly ok: false; readonly problem: string };

/** Options that mean nothing without `--url`. */
const WITH_URL = ["token-file", "ca", "fingerprint", "insecure-ws"] as const;

/** Reads the options of WebSocket. Pure. Without `--url` there is no target. */
export function readTarget(words: TargetWords): TargetResult {
  const { url, ca, "token-file": tokenFile } = words;
  if (url === undefined) {
    const stray = WITH_URL.find((word) => words[word] !== undefined);
    return stray === undefined
      ? { ok: true, target: undefined }
      : refuse(`--${stray} needs --url wss://HOST:PORT`);
  }
  const problem = urlProblem(url, words);
  if (problem !== undefined) return refuse(problem);
  if (tokenFile === undefined || tokenFile === "")
    return refuse(
      "--url needs --token-file FILE: a token is issued on the host with `ballast agent token GUEST`",
    );
  if (ca === "") return refuse("--ca needs a file");
  const fingerprint = words.fingerprint === undefined ? undefined : readFingerprint(words.fingerprint);
  if (words.fingerprint !== undefined && fingerprint === undefined)
    return refuse("--fingerprint is sha256: and 64 hex digits, as ballastd logs it at its start");
  return {
    ok: true,
    target: {
      url,
      tokenFile,
      ...(ca !== undefined && { caFile: ca }),
      ...(fingerprint !== undefined && { fingerprint }),
    },
  };
}

function urlProblem(text: string, words: TargetWords): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "wss:" && url.protocol !== "ws:"))
    return `--url is wss://HOST:PORT, not "${text.slice(0, 80)}"`;
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    return "--url has neither user, password nor fragment: the token is in --token-file";
  if (url.protocol === "wss:")
    return words["insecure-ws"] === true ? "--insecure-ws is for ws:// only: leave it out" : undefined;
  if (words.ca !== undefined || words.fingerprint !== undefined)
    return "--ca and --fingerprint need wss://: over ws:// nothing is verified";
  if (isLoopback(url.hostname) || words["insecure-ws"] === true) return undefined;
  return "ws:// would send the token readable over the network: use wss://, or give --insecure-ws if the network is trusted";
}

/** Whether what is sent to this host, as URLs write it, never leaves this machine. `node:net` would cost every guest its memory. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

function readFingerprint(text: string): string | undefined {
  const hex = /^sha256:((?:[0-9a-f]{2}:?){32})$/i.exec(text)?.[1]?.replaceAll(":", "").toLowerCase();
  return hex?.length === 64 ? hex : undefined;
}

function refuse(problem: string): TargetResult {
  return { ok: false, problem };
}
