/** Dialogs that few people open, each a script of its own. */
import { later } from './later.tsx';

export const FreezeLater = later({
  what: 'the dialog',
  load: () => import('../freeze/freeze-dialog.tsx').then(found => found.FreezeDialog),
});

export const PromotionLater = later({
  what: 'the dialog',
  load: () => import('../promotion/promotion-dialog.tsx').then(found => found.PromotionDialog),
});
