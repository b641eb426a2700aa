// A process of its own that trains one trial of a sweep: runSweep.ts starts it, and hears all that it has to say.
import { serveWork } from '../processes/serveWork.ts';
import { openRegistry, openRunner } from '../session.ts';
import { trainTrial, type TrialOutcome, type TrialRequest } from './trainTrial.ts';

serveWork(async (request: TrialRequest, listeners, signal): Promise<TrialOutcome> => {
  const { config, folder } = request;
  const registry = await openRegistry(config.plugins, folder);
  return trainTrial(request, {
    ...{ ...listeners, registry, signal },
    openRunner: (engine) => openRunner(engine, listeners.say),
  });
});
