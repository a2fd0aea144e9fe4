/** The file of agents' tokens: text to entries and back; pure. It holds hashes only. */
import { z } from "zod";
import type { AgentToken } from "../../model/agents.ts";
import { guestNameField, hashField } from "../fields.ts";
import { toProblems } from "../issues.ts";
import type { SchemaNode } from "../json-schema.ts";
import type { Problem } from "../problem.ts";
import { readYaml } from "../yaml-source.ts";

/** Several for each guest that there can be. */
const MOST_TOKENS = 16_384;

export interface TokenEntry extends AgentToken {
  /** When it was issued, ISO 8601. */
  readonly created?: string | undefined;
}

export type TokensResult =
  | { readonly ok: true; readonly tokens: readonly TokenEntry[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const tokensSchema = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        guest: guestNameField(),
        sha256: hashField("SHA-256 of the token"),
        // Only shown: another text than a time is as good as none.
        created: z.iso.datetime().optional().catch(undefined),
      }),
    )
    .max(MOST_TOKENS)
    .default([]),
});
const schema = z.toJSONSchema(tokensSchema, { io: "input" }) as SchemaNode;

/** Never throws, whatever `text` is; `file` is only named in problems. An empty text means no tokens. */
export function parseTokens(text: string, file: string): TokensResult {
  const source = readYaml(text, file);
  if (source.syntaxProblems.length > 0) return { ok: false, problems: source.syntaxProblems };
  const checked = tokensSchema.safeParse(source.data ?? {}, { reportInput: true });
  if (checked.success) return { ok: true, tokens: checked.data.tokens };
  return {
    ok: false,
    problems: toProblems(checked.error.issues, source, file, schema),
  };
}

const HEADING = `# Tokens of agents that speak over WebSocket, as hashes: written by \`ballast agent\`, read by ballastd when it changes.
# A guest may have several: issue a new one, give it to the agent, then revoke the old one.
`;

/** What {@link parseTokens} reads. */
export function renderTokens(tokens: readonly TokenEntry[]): string {
  if (tokens.length === 0) return `${HEADING}tokens: []\n`;
  const lines = tokens.map(({ guest, sha256, created }) => {
    const issued = created === undefined ? "" : `, created: ${JSON.stringify(created)}`;
    return `  - { guest: ${JSON.stringify(guest)}, sha256: "${sha256}"${issued} }\n`;
  });
  return `${HEADING}tokens:\n${lines.join("")}`;
}
