import {describeWalk} from '../support/walked-page.ts';

describeWalk('tutorial.md');
