/** The section `tuning`: the policy's figures, each under its name without the unit, written as people write them. */
import { z } from "zod";
import { DEFAULT_TUNING, type PolicyTuning } from "../model/settings.ts";
import { bytesField, durationField } from "./fields.ts";

const DEFAULT_TICK = "1s";
const SHORTEST_TICK_MS = 50;
const LONGEST_TICK_MS = 60_000;

type FigureSchema = z.ZodType<number>;

/** Every figure of `PolicyTuning`, with the key that it has in the file. */
const FIGURES = Object.entries(DEFAULT_TUNING).map(([field, value]) => ({ field, ...figure(field, value) }));

function figure(field: string, value: number): { key: string; schema: FigureSchema } {
  const described = `Default ${value}`;
  if (field.endsWith("Ms")) return { key: field.slice(0, -2), schema: durationField(`${described} ms`) };
  if (field.endsWith("Bytes")) return { key: field.slice(0, -5), schema: bytesField(`${described} bytes`) };
  const most = field.endsWith("Percent") ? 100 : Number.MAX_SAFE_INTEGER;
  const schema = z
    .number()
    .min(0)
    .max(most)
    .meta({ description: described, examples: [value] });
  return { key: field, schema };
}

const shape: Record<string, z.ZodOptional<FigureSchema>> = Object.fromEntries(
  FIGURES.map(({ key, schema }) => [key, schema.optional()]),
);

export const tuningSchema = z.strictObject({
  tick: durationField("Time between two decisions", SHORTEST_TICK_MS, LONGEST_TICK_MS).prefault(DEFAULT_TICK),
  ...shape,
});

/** The policy's figures with what the file overrides. */
export function policyTuning(section: z.output<typeof tuningSchema>): PolicyTuning {
  const given: Record<string, number | undefined> = section;
  const overrides: Record<string, number> = {};
  for (const { field, key } of FIGURES) {
    const value = given[key];
    if (value !== undefined) overrides[field] = value;
  }
  return { ...DEFAULT_TUNING, ...overrides };
}
