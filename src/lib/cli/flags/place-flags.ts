import * as Flags from '@oclif/core/flags';
import {several} from './several.ts';

/** Which of the places along the path a command looks at. */
export const placeFlags = {
  stage: Flags.string({helpValue: 'STAGE', description: 'only this stage; repeatable', ...several}),
  environment: Flags.string({
    char: 'e',
    helpValue: 'ENVIRONMENT',
    description: 'only this environment; repeatable',
    ...several,
  }),
};
