/** Which variables the packaged agent leaves behind. */
import { describe, expect, it } from "vitest";
import { withoutRuntimeVariables } from "../../../../guest/src/native/node-environment.ts";

describe("the environment of the packaged agent", () => {
  it("loses what Node and its libraries would obey, and keeps the rest", () => {
    const env = {
      PATH: "/bin",
      NODE_V8_COVERAGE: "/tmp/c",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      UV_USE_IO_URING: "1",
      OPENSSL_CONF: "/tmp/o",
      SSL_CERT_FILE: "/tmp/ca",
      NOTIFY_SOCKET: "/run/n",
    };
    expect(withoutRuntimeVariables(env)).toEqual({ PATH: "/bin", NOTIFY_SOCKET: "/run/n" });
  });

  it("is left as it is where there is nothing of the kind", () => {
    expect(withoutRuntimeVariables({ PATH: "/bin", NODELAY: "1" })).toBeUndefined();
  });
});
