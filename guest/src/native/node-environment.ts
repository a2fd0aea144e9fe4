/**
 * Takes away what Node and its libraries would obey in the environment. The executable refuses NODE_OPTIONS alone; others would still make
 * the agent, which is root, write files (NODE_V8_COVERAGE, NODE_COMPILE_CACHE), run code from them (NODE_COMPILE_CACHE, OPENSSL_CONF) or trust
 * other hosts (NODE_TLS_REJECT_UNAUTHORIZED, NODE_EXTRA_CA_CERTS): https://nodejs.org/api/cli.html, "Environment variables". Node looks at
 * NODE_COMPILE_CACHE before any code of ours: the unit takes that away.
 */
import { isSea } from "node:sea";
import { beginAnew } from "./begin-anew.ts";
import type { Libc } from "./libc.ts";

const OF_THE_RUNTIME = /^(NODE_|UV_|OPENSSL_|SSL_CERT_)/;

/** The environment without the variables of the runtime; absent when there are none. */
export function withoutRuntimeVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | undefined {
  const names = Object.keys(env);
  const kept = names.filter((name) => !OF_THE_RUNTIME.test(name));
  if (kept.length === names.length) return undefined;
  return Object.fromEntries(kept.map((name) => [name, env[name]]));
}

/** Begins the packaged agent anew without them. A command that ends at once, and an agent without koffi, keep them. */
export function leaveRuntimeVariables(libc: Pick<Libc, "execve">): void {
  if (!isSea()) return;
  const env = withoutRuntimeVariables(process.env);
  if (env) beginAnew(libc, env);
}
