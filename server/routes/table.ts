/**
 * Which handler answers which operation of the OpenAPI document. The compiler says when one is missing, or one too
 * many.
 */
import { type OperationId, openapi } from '../../api/openapi.gen.ts';
import type { Handler } from '../call.ts';
import { approveChange, getApproval, listApprovals, rejectChange } from './approvals.ts';
import { deleteConfig, getConfig, listConfigs, searchConfigs } from './configs.ts';
import { deploy, listDeployments } from './deployments.ts';
import { diagnosePawl } from './diagnosis.ts';
import { exportVersions } from './export.ts';
import { freezeConfigs, listFreezes, unfreezeConfigs } from './freezes.ts';
import { blameConfig, deleteVersion, diffText, diffVersions, listVersions } from './history.ts';
import { importVersions } from './imports.ts';
import { listLinks } from './links.ts';
import { createNamespace, deleteNamespace, getNamespace, listNamespaces } from './namespaces.ts';
import { previewProposal } from './preview.ts';
import { promoteConfigs } from './promotions.ts';
import { confirmProposal, listDrift, listProposals } from './proposals.ts';
import { purgeVersion } from './purge.ts';
import { createConfig, promoteVersion, saveConfig } from './saving.ts';
import { listTrash, undeleteConfig } from './trash.ts';
import { listUsage } from './usage.ts';
import { listViolations } from './violations.ts';
import { watchConfig, watchNamespace } from './watch.ts';

const getOpenApi: Handler = {
  answer: async () => ({ status: 200, headers: { 'cache-control': 'public, max-age=300' }, json: openapi }),
};

export const handlers: Readonly<Record<OperationId, Handler>> = {
  getOpenApi,
  ...{ listNamespaces, createNamespace, getNamespace, deleteNamespace },
  ...{ listConfigs, getConfig, createConfig, saveConfig, deleteConfig, searchConfigs },
  ...{ listVersions, deleteVersion, purgeVersion, diffVersions, diffText, blameConfig, promoteVersion },
  ...{ watchNamespace, watchConfig },
  ...{ listDeployments, deploy, importVersions, exportVersions, listLinks, listConfigLinks: listLinks },
  ...{ listViolations, promoteConfigs, listFreezes, freezeConfigs, unfreezeConfigs },
  ...{ listTrash, undeleteConfig },
  ...{ listUsage, listProposals, confirmProposal, previewProposal, listDrift, diagnosePawl },
  ...{ listApprovals, getApproval, approveChange, rejectChange },
};
