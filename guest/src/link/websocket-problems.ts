/** What is wrong with the connection to the host, in words that tell the admin what to do. */
import { closeReason } from "@ballast/proto";
import { errorCode } from "./char-device.ts";
import { CaFileError, PinMismatchError } from "./websocket-carrier.ts";

/** OpenSSL's and Node's words for a certificate that no trusted authority signed. */
const UNTRUSTED = new Set<string | undefined>([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

/** The host refused the upgrade. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** The host did not answer in time. */
export class DialTimeoutError extends Error {
  override readonly name = "DialTimeoutError";

  constructor(limitMs: number) {
    super(`no answer within ${limitMs / 1000} s`);
  }
}

/** Explains why no connection came about; `isConnected`: only the answer to the upgrade was missing. */
export function dialProblem(url: string, error: unknown, isConnected: boolean): string {
  const { host } = new URL(url);
  if (error instanceof CaFileError) return error.message;
  if (error instanceof DialTimeoutError && isConnected)
    return `${host} accepts connections and does not answer over them (${error.message}): does ballastd hang, or is a proxy in between?`;
  if (error instanceof RefusedError) return `${host}: ${error.message}`;
  if (error instanceof PinMismatchError)
    return `${host} shows another certificate (${error.message}) than --fingerprint names: if the host's certificate was renewed, renew the fingerprint; otherwise another machine answers in its place`;
  const code = errorCode(error);
  if (UNTRUSTED.has(code))
    return `the certificate of ${host} is not signed by an authority that this agent trusts (${code}): give --ca FILE, or --fingerprint`;
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return `the certificate of ${host} has expired: renew it on the host (and check this guest's clock)`;
    case "CERT_NOT_YET_VALID":
      return `the certificate of ${host} is not valid yet: check this guest's clock`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${host} is for another name: write that name in --url, or pin it with --fingerprint`;
    case "ECONNREFUSED":
      return `nothing listens at ${host}: is agents.websocket set in ballastd.yaml, and does ballastd run?`;
    case "ECONNRESET":
      return `${host} ended the connection before it stood (ECONNRESET): does only one of both speak TLS (--url wss:// needs agents.websocket.tls there), or is it busy?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of ${host} is not known here: check the guest's DNS, or write the address`;
    default:
      return `${host} cannot be reached over WebSocket: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Explains the status with which the host refused the upgrade. */
export function refusalProblem(status: number | undefined): string {
  switch (status) {
    case 401:
      return "the host does not know this token (401): issue one there with `ballast agent token GUEST`";
    case 403:
      return "the host does not manage the guest of this token (403): add the guest to ballastd.yaml";
    case 429:
    case 503:
      return `the host turns connections away for now (${status}): trying again later`;
    default:
      return `what answers there is not a Ballast broker (HTTP status ${status ?? "unknown"}): check --url`;
  }
}

/** Explains why an open connection came to its end. */
export function closeProblem(url: string, code: number, error: Error | undefined): string {
  const { host } = new URL(url);
  switch (closeReason(code)) {
    case "superseded":
      return "another agent with a token of this guest took over: give each guest its own token";
    case "revoked":
      return "the host does not accept this token any more: issue a new one with `ballast agent token GUEST`";
    case "shutdown":
      return `the broker at ${host} is stopping: waiting for it`;
    case "policy":
    case "unsupported":
    case "tooLarge":
      return `the broker at ${host} closed the connection (${code}): see its log`;
    case undefined:
      return `the WebSocket connection to ${host} broke (${error?.message ?? code}): connecting anew`;
  }
}
