/** The worker thread of the thinker. */
import { answerQuestions } from '../../runtime/offload-thread.ts';
import { heavy } from './thinker.ts';

answerQuestions(heavy);
