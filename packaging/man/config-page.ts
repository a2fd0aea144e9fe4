/** ballastd.yaml(5), made from the config's JSON schema. Pure. */
import { configJsonSchema, type SchemaNode } from "../../host/src/config/json-schema.ts";
import { seeAlso } from "./command-page.ts";
import { bold, example, italic, item, type Page, paragraph, text } from "./roff.ts";

/** A node as JSON schema writes it: one of several, or a map by name, beside what advice needs. */
interface Node extends SchemaNode {
  readonly default?: unknown;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: boolean | Node;
}

export const CONFIG_PAGE: Page = {
  name: "ballastd.yaml",
  section: 5,
  summary: "config of the Ballast broker",
  sections: [
    {
      title: "DESCRIPTION",
      body: [
        text("`/etc/ballast/ballastd.yaml` says which guests `ballastd` balances and within which bounds."),
        paragraph(
          "It is YAML. Every key may be left out. `ballast check` reads the file and says what is wrong with it, with line and column. `systemctl reload ballastd` takes a changed file. A file with an error changes nothing.",
        ),
        paragraph(
          "Sizes are binary: `512MiB`, `48GiB`, `1.5TiB`, a share such as `80%`, or `auto`. Durations are such as `500ms`, `30s`, `10m`, `2h`.",
        ),
      ].join(""),
    },
    { title: "KEYS", body: keysOf(configJsonSchema() as Node, []).join("") },
    {
      title: "EXAMPLES",
      body: `${text("Observe one guest:")}${example([
        "mode: observe",
        "guests:",
        "  static:",
        "    - { name: web1, qmp: /run/vm/web1.qmp, agent: /run/vm/web1.agent, min: 512MiB }",
      ])}`,
    },
    seeAlso("ballastd(8)", "ballast(1)"),
  ],
};

/** One item a key that is not only a heading for others. */
function keysOf(node: Node, path: readonly string[]): string[] {
  const map = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
  const variants = node.anyOf ?? [];
  const beneath = [
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => keysOf(child, [...path, key])),
    ...(node.items ? keysOf(node.items, [...path.slice(0, -1), `${path.at(-1)}[]`]) : []),
    ...(map ? keysOf(map, [...path, "NAME"]) : []),
  ];
  const described = node.description ?? variants.find(({ description }) => description)?.description;
  if (beneath.length > 0)
    return path.length > 0 && described ? [keyItem(node, path, described), ...beneath] : beneath;
  return [keyItem(node, path, described ?? "")];
}

function keyItem(node: Node, path: readonly string[], description: string): string {
  const { examples = node.anyOf?.find((each) => each.examples)?.examples ?? [] } = node;
  const values = node.enum ?? examples.filter((one) => typeof one !== "object");
  const term =
    values.length === 0 ? bold(path.join(".")) : `${bold(path.join("."))}: ${italic(values.join(" | "))}`;
  const usual =
    typeof node.default === "object" || node.default === undefined ? "" : ` Without it: \`${node.default}\`.`;
  return item(term, `${description === "" ? "As the example says" : description}.${usual}`);
}
