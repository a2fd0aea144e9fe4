/** Checks the tokens of the control API. */
import type { Config } from "../../config/config.ts";
import { readControlTokens } from "../../config/tokens/control-tokens.ts";
import type { EnvironmentFinding } from "./finding.ts";

/** Nothing where the config wants none, or where nothing is served over HTTP. */
export async function checkControlToken({
  http,
  controlTokenPath,
}: Config): Promise<readonly EnvironmentFinding[]> {
  if (controlTokenPath === undefined) return [];
  const check = "tokens of control.http";
  if (http === undefined)
    return [{ check, level: "warn", text: "control.token is of no use while control.http is null" }];
  return readControlTokens(controlTokenPath).then(
    ({ length }) => [{ check, level: "ok" as const, text: `${controlTokenPath} has ${length}` }],
    (error: Error) => [{ check, level: "fail" as const, text: error.message }],
  );
}
