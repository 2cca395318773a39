/** The worker thread of the comparer. */
import { answerQuestions } from '../runtime/offload-thread.ts';
import { tasks } from './heavy.ts';

answerQuestions(tasks);
