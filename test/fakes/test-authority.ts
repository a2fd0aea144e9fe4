/** A certificate authority of the test's own, made with openssl. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface IssuedCertificate {
  readonly certPath: string;
  readonly keyPath: string;
  /** As `--fingerprint` takes it. */
  readonly fingerprint: string;
}

export class TestAuthority {
  readonly caPath: string;
  readonly #folder: string;

  /** Makes its files in a new folder beneath `folder`. */
  constructor(folder: string, name = "authority") {
    this.#folder = join(folder, name);
    mkdirSync(this.#folder);
    this.caPath = this.#at("ca.pem");
    const subject = ["-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE"];
    openssl(
      "req",
      "-x509",
      ...KEY,
      "-keyout",
      this.#at("ca.key"),
      "-out",
      this.caPath,
      "-days",
      "2",
      ...subject,
    );
  }

  get ca(): string {
    return readFileSync(this.caPath, "utf8");
  }

  /** A certificate for `names` such as `IP:127.0.0.1`; a negative number of days is one that has expired. */
  issue(name: string, names = "IP:127.0.0.1", days = 2): IssuedCertificate {
    const [certPath, keyPath, request, extensions] = ["pem", "key", "csr", "ext"].map((kind) =>
      this.#at(`${name}.${kind}`),
    ) as [string, string, string, string];
    openssl("req", ...KEY, "-keyout", keyPath, "-out", request, "-subj", `/CN=${name}`);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    const signer = ["-CA", this.caPath, "-CAkey", this.#at("ca.key"), "-CAcreateserial"];
    openssl(
      "x509",
      "-req",
      "-in",
      request,
      "-out",
      certPath,
      ...signer,
      "-days",
      String(days),
      "-extfile",
      extensions,
    );
    const { fingerprint256 } = new X509Certificate(readFileSync(certPath));
    return { certPath, keyPath, fingerprint: `sha256:${fingerprint256}` };
  }

  #at(file: string): string {
    return join(this.#folder, file);
  }
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
