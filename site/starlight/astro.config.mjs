/** The site: Starlight over what ../layout.ts lays out. Invariant: it asks nobody on the network, neither now nor in a browser. */
import starlight from '@astrojs/starlight';
import { defineConfig, passthroughImageService } from 'astro/config';
import { redirects } from '../layout.ts';
import { addressOf, groups, siteUrl } from '../pages.ts';

const slugOf = page => addressOf(page).slice(1, -1);

export default defineConfig({
  site: siteUrl,
  outDir: '../../dist/docs',
  trailingSlash: 'always',
  redirects: redirects(),
  image: { service: passthroughImageService() },
  integrations: [
    starlight({
      title: 'Pawl',
      description: 'Versioned, merge-safe configuration for Kubernetes',
      favicon: '/icon.svg',
      credits: false,
      sidebar: groups().map(({ label, pages }) => ({
        label,
        collapsed: ['Contributing', 'Decisions'].includes(label),
        items: pages.map(slugOf),
      })),
    }),
  ],
});
