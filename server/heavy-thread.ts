/** The worker thread of the comparer. */
import { answerQuestions } from '../operator/runtime/offload-thread.ts';
import { tasks } from './heavy.ts';

answerQuestions(tasks);
