import {mayAsk} from '../../ui/ask.ts';
import type {BaseCommand} from '../base-command.ts';

/**
 * Whether a person looks on who can be asked: at a terminal, with no wish for a document or for quiet, and in no CI system,
 * some of which give their jobs a terminal.
 */
export function somebodyIsThere(command: BaseCommand, quiet: boolean): boolean {
  const {CI = ''} = process.env;
  return mayAsk() && !quiet && !command.jsonEnabled() && (CI === '' || CI === 'false');
}
