/** The page's entry point. */
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { App } from './app.tsx';
import { preload } from './preload.ts';
import { patienceMs } from './pure/when.ts';
import { currentAddress } from './route.ts';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';

window.pawlBegun = true;
const patience = new Promise(resolve => {
  setTimeout(resolve, patienceMs);
});
// What is there at once is drawn once.
void Promise.race([preload(currentAddress()), patience]).then(() =>
  createRoot(document.getElementById('page')!).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
