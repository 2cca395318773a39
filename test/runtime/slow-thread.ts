/** A worker thread for the test of Offload that takes a while until it can answer anything. */
import { answerQuestions } from '../../runtime/offload-thread.ts';

const taken = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
while (taken() < 1_500);
answerQuestions({ echo: (value: unknown) => value });
