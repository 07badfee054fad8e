import {headLine, type Head} from '../../ui/head.ts';
import {drawsOn} from '../../ui/progress/progress.ts';
import type {BaseCommand} from '../base-command.ts';

/** Begins a log with what is about to be done; says nothing on a terminal, where whoever looks on has typed it. */
export function tellHead(
  command: BaseCommand,
  {quiet}: {readonly quiet: boolean},
  about: Omit<Head, 'version'>,
): void {
  if (quiet || drawsOn(process.stderr, process.env)) return;
  command.note(headLine({...about, version: command.config.version}));
}
