/** Written by scripts/page.ts from what is below web/; do not edit. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#10151f" />
  <path d="M9 7v18M23 7v18M16 5v22" stroke="#5b9cf6" stroke-width="1.6" stroke-linecap="round" />
  <rect x="6.5" y="12" width="5" height="8" rx="1" fill="#2fb380" />
  <rect x="13.5" y="9" width="5" height="11" rx="1" fill="#2fb380" />
  <rect x="20.5" y="14" width="5" height="7" rx="1" fill="#e5626b" />
</svg>
`;
