import type {ManifestReport} from '../promoter-manifests/report.ts';
import {promotionInterrupted} from '../promotion/failures.ts';
import type {PromotionListener} from '../promotion/events.ts';
import type {Report} from '../promotion/report.ts';
import {renderFailure} from '../ui/error-text.ts';
import {usageError} from '../usage-error.ts';
import {BaseCommand} from './base-command.ts';
import {openEventLog, type EventLog} from './output/event-log.ts';
import {incomplete, leaveReport, tellReport, type Telling} from './output/tell-report.ts';

/**
 * What every command that promotes shares: events while it runs, and one way to tell what came of it, to people, to other
 * programs and to the runner of a CI system.
 */
export abstract class PromotionCommand<Document extends Report | ManifestReport> extends BaseCommand {
  #events: EventLog | undefined;
  #place: string | undefined;

  /** How its report is shown. */
  protected abstract readonly telling: Telling<Document>;

  /** The document for what stopped the command. */
  protected abstract documentOf(error: unknown): Document;

  /** Where events go that --events asks for. Raises `output` for a place that cannot be written to. */
  protected listenerFor(place: string | undefined): PromotionListener | undefined {
    if (place === undefined) return undefined;
    if (place === '-' && this.jsonEnabled())
      throw usageError('usage', '--events - and --json: stdout holds one of them', [
        'name a file or a pipe for the events; the last of them has what --json prints',
      ]);
    this.#place = place;
    this.#events = openEventLog(place, {
      command: (this.id ?? '').replaceAll(':', ' '),
      version: this.config.version,
      endedAtOnce: () => this.toErrorJson(promotionInterrupted()),
      tell: (failure) => {
        this.note(renderFailure(failure).trimEnd());
      },
    });
    return this.#events.listener;
  }

  /** A line for people, where the report goes. */
  protected say(line: string): void {
    if (this.jsonEnabled()) return;
    this.#textTo().write(`${line}\n`);
  }

  /** Tells what came of it; resolves to the document, which says so where that could not be told everywhere. */
  protected async tell(report: Document): Promise<Document> {
    process.exitCode = report.exitCode;
    const untold = tellReport(report, this.telling, {isJson: this.jsonEnabled(), to: this.#textTo()});
    const lost =
      (await this.#events?.end(untold === undefined ? report : incomplete(report, untold))) ?? untold;
    this.#events = undefined;
    if (lost === undefined) return report;
    const document = incomplete(report, lost);
    process.exitCode = document.exitCode;
    return document;
  }

  /** Events may have stdout. */
  #textTo(): NodeJS.WriteStream {
    return this.#place === '-' ? process.stderr : process.stdout;
  }

  protected override async catch(error: unknown): Promise<void> {
    await super.catch(error);
    const document = this.toErrorJson(error);
    leaveReport(document, this.telling);
    await this.#events?.end(document);
  }

  protected override toErrorJson(error: unknown): Document {
    return this.documentOf(error);
  }
}
