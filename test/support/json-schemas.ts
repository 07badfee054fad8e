// The JSON Schemas of the documents, made of their shapes.
import * as z from 'zod';
import {shapeOf, type PublishedDocument} from './documents.ts';

/** The number of the schemas' folder: fields are added under it; what a reader would misread gets a new one. */
export const schemaVersion = 'v1';

/** As much of a schema as is looked at. */
export interface JsonSchema {
  type?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  minimum?: number;
  maximum?: number;
}

/** The schema of a document. A field that is added later is none against it. */
export function jsonSchemaOf(name: string, document: PublishedDocument): JsonSchema {
  const {$schema, ...schema} = schemaOfShape(shapeOf(document));
  return {
    ...{$schema, $id: `urn:corectl:schema:${schemaVersion}:${name}`, title: document.title},
    ...schema,
  };
}

/** The schema of a shape alone. */
export function schemaOfShape(shape: z.core.$ZodType): JsonSchema & {$schema?: string} {
  return z.toJSONSchema(shape, {
    // as it is before parsing: a reader passes over fields that it does not know
    io: 'input',
    unrepresentable: 'any',
    override: ({jsonSchema}) => {
      // what JavaScript can count to is no promise
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as JsonSchema & {$schema?: string};
}
