/** Written by scripts/page.ts from what is below web/; do not edit. */
export const INDEX = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <meta name="color-scheme" content="light dark">
    <title>okws</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/style.css">
    <script src="/app.js" type="module"></script>
  </head>
  <body data-tab="paths" data-link="wait">
    <a class="skip" href="#search" data-text="page.skip">Skip to the search</a>
    <header class="bar">
      <h1><img src="/icon.svg" alt="" width="20" height="20">okws <span id="version"></span></h1>
      <button id="ready" class="pill" type="button" aria-live="polite" aria-controls="faults"
        aria-expanded="false">
    <i class="dot" aria-hidden="true"></i><span data-text="page.connecting">connecting</span></button>
      <span id="role" class="role"></span>
      <span id="missing" class="role" data-level="bad" role="status"></span>
      <dl id="stats" class="stats"></dl>
      <div class="tools">
        <button id="language" type="button" class="tool" title="中文" data-hint="page.other_language"
          aria-label="中文" data-label="page.other_language">中</button>
        <button id="theme" type="button" class="tool" title="Theme (t)" data-hint="page.theme_hint"></button>
        <button id="help" type="button" class="tool" title="Keys (?)" data-hint="page.keys_hint"
          aria-label="Keyboard shortcuts" data-label="page.keys_label">?</button>
      </div>
    </header>
    <div id="faults" class="faults" role="group" tabindex="0" aria-label="What is wrong"
      data-label="page.faults_label" hidden></div>
    <main>
      <div class="side">
        <section class="panel connections" data-tab="paths" aria-labelledby="h-connections">
          <header><h2 id="h-connections" data-text="page.connections">Connections</h2><span id="connection-count" class="note"></span></header>
          <ul id="connections" tabindex="0" aria-labelledby="h-connections"></ul>
        </section>
        <section class="panel paths" data-tab="paths" aria-label="Instruments and subscriptions"
          data-label="page.lists_label">
          <header>
            <div class="tabs" role="tablist" aria-label="Instruments or subscriptions"
              data-label="page.list_label">
              <button id="tab-watch" type="button" role="tab" aria-controls="watch-pane"
                data-text="page.watchlist">Watchlist</button>
              <button id="tab-paths" type="button" role="tab" aria-controls="paths-pane"
                data-text="page.subscriptions">Subscriptions</button>
            </div>
            <span id="path-count" class="note"></span>
          </header>
          <div class="find">
            <input id="search" type="search" placeholder="Search" data-prompt="page.search"
              aria-label="Search" data-label="page.search"
              autocomplete="off"
              spellcheck="false" maxlength="100">
            <kbd aria-hidden="true">/</kbd>
          </div>
          <div id="watch-pane" class="pane" role="tabpanel" aria-labelledby="tab-watch">
            <div id="watch-filters" class="chips" role="group" aria-label="State"
              data-label="page.state"></div>
            <div id="watch-sorts" class="sorts watch" role="group" aria-label="Order"
              data-label="page.order"></div>
            <div id="watch" class="list" role="listbox" tabindex="0" aria-label="Instruments"
              data-label="page.instruments_label"></div>
          </div>
          <div id="paths-pane" class="pane" role="tabpanel" aria-labelledby="tab-paths" hidden>
            <div id="filters" class="chips" role="group" aria-label="State" data-label="page.state"></div>
            <div id="sorts" class="sorts" role="group" aria-label="Order" data-label="page.order"></div>
            <div id="list" class="list" role="listbox" tabindex="0" aria-label="Subscribed paths"
              data-label="page.paths_label"></div>
          </div>
          <div class="act">
            <div id="said" class="said" role="status" tabindex="0" aria-label="Outcome"
              data-label="page.said_label" hidden></div>
            <p id="read-only" class="why" hidden></p>
            <div class="acts">
              <form id="add" hidden>
                <select id="add-server" aria-label="Server" data-label="page.server" hidden></select>
                <input id="add-path" list="add-paths" placeholder="Add a path" data-prompt="page.add_path"
                  aria-label="Add a path" data-label="page.add_path"
                  autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200">
                <datalist id="add-paths"></datalist>
                <button id="add-submit" type="submit" class="small"
                  data-text="page.subscribe">Subscribe</button>
              </form>
              <button id="reload" type="button" class="small" title="Read the configuration file again (R)"
                data-hint="page.reload_hint" data-text="page.reload" hidden>Reload</button>
            </div>
          </div>
        </section>
      </div>
      <section id="chart-panel" class="panel chart" data-tab="market" aria-labelledby="h-chart">
        <header>
          <h2 id="h-chart" data-text="page.candles">Candles</h2>
          <select id="chart-path" aria-label="Candle path" data-label="page.candle_path"></select>
          <span id="chart-state" class="note"></span>
          <button id="chart-save" type="button" class="small" title="Save the candles as CSV (d)"
            data-hint="page.save_candles"
            aria-label="CSV: save the candles" data-label="page.save_candles_label">CSV</button>
          <div id="legend" class="legend" aria-live="off"></div>
        </header>
        <div class="body">
          <p id="chart-notice" class="notice" hidden></p>
          <div class="plot">
            <div id="chart" class="canvas" role="img" aria-label="Candles with volume"
              data-label="page.candles_label"></div>
            <a class="credit" href="https://www.tradingview.com/" rel="noreferrer noopener"
              target="_blank">TradingView
        Lightweight Charts™</a>
          </div>
          <p id="chart-empty" class="empty"></p>
        </div>
      </section>
      <section id="table-panel" class="panel chart" data-tab="market" aria-labelledby="h-table" hidden>
        <header>
          <h2 id="h-table"></h2>
          <span id="table-state" class="note"></span>
          <button id="table-save" type="button" class="small" title="Save the table as CSV (d)"
            data-hint="page.save_table"
            aria-label="CSV: save the table" data-label="page.save_table_label">CSV</button>
        </header>
        <div class="body">
          <p id="table-notice" class="notice" hidden></p>
          <div class="scroll" role="group" tabindex="0" aria-labelledby="h-table">
            <table id="table"></table>
          </div>
          <p id="table-empty" class="empty"></p>
        </div>
      </section>
      <section class="panel book" data-tab="market" aria-labelledby="h-book">
        <header>
          <h2 id="h-book" data-text="page.book">Order book</h2>
          <select id="book-path" aria-label="Order book path" data-label="page.book_path"></select>
          <span id="book-state" class="note"></span>
        </header>
        <div class="body">
          <p id="book-notice" class="notice" hidden></p>
          <div class="columns"
            aria-hidden="true"><span data-text="page.price">Price</span><span data-text="page.size">Size</span><span data-text="page.total">Total</span></div>
          <div id="book" class="ladder"></div>
          <p id="book-empty" class="empty"></p>
        </div>
      </section>
      <section class="panel tape" data-tab="market" aria-label="Trades and rows"
        data-label="page.market_label">
        <header>
          <div class="tabs" role="tablist" aria-label="Trades or row" data-label="page.tabs_label">
            <button id="tab-trades" type="button" role="tab" aria-controls="trades-pane"
              data-text="page.trades">Trades</button>
            <button id="tab-row" type="button" role="tab" aria-controls="row-pane"
              data-text="page.row">Row</button>
          </div>
          <span id="tape-state" class="note"></span>
          <button id="tape-save" type="button" class="small" title="Save these rows as CSV"
            data-hint="page.save_rows"
            aria-label="CSV: save these rows" data-label="page.save_rows_label">CSV</button>
        </header>
        <div class="copies" role="group" aria-label="Copy" data-label="page.copy">
          <span aria-hidden="true" data-text="page.copy">Copy</span>
          <button id="copy-path" type="button" class="small" data-text="page.copy_path">path</button>
          <button id="copy-key" type="button" class="small" data-text="page.copy_key">key</button>
          <button id="copy-command" type="button" class="small">redis-cli</button>
          <button id="unsubscribe" type="button" class="small" title="End the subscription (u)"
            data-hint="page.unsubscribe_hint" data-text="page.unsubscribe" hidden>Unsubscribe</button>
        </div>
        <div class="tape-body">
          <p id="tape-notice" class="notice" hidden></p>
          <div id="trades-pane" class="body" role="tabpanel" aria-labelledby="tab-trades">
            <div class="columns"
              aria-hidden="true"><span data-text="page.price">Price</span><span data-text="page.size">Size</span><span data-text="page.time">Time</span></div>
            <div id="trades" class="trades" role="group" tabindex="0" aria-labelledby="tab-trades"></div>
            <p id="trades-empty" class="empty"></p>
          </div>
          <div id="row-pane" class="body" role="tabpanel" aria-labelledby="tab-row" tabindex="0" hidden>
            <dl id="row" class="row"></dl>
            <p id="row-empty" class="empty"></p>
          </div>
        </div>
      </section>
      <section class="panel flow" data-tab="activity" aria-labelledby="h-flow">
        <header>
          <h2 id="h-flow" data-text="page.throughput">Throughput</h2>
          <div id="flow-legend" class="legend"></div>
        </header>
        <div class="body">
          <div id="flow" class="canvas" role="img" aria-label="Rows and commands per second"
            data-label="page.throughput_label"></div>
        </div>
      </section>
      <section class="panel delay" data-tab="activity" aria-labelledby="h-delay">
        <header>
          <h2 id="h-delay" data-text="page.delay">Receipt to Redis, ms</h2>
          <div id="delay-legend" class="legend"></div>
        </header>
        <div class="body">
          <div id="delay" class="canvas" role="img" aria-label="Latency in milliseconds"
            data-label="page.delay_label"></div>
        </div>
      </section>
      <section class="panel log" data-tab="activity" aria-labelledby="h-log">
        <header><h2 id="h-log" data-text="page.events">Events</h2>
      <button id="log-level" type="button" class="chip" aria-pressed="false" data-text="page.warnings_only">Warnings only</button></header>
        <div id="log" class="log" role="log" tabindex="0" aria-label="Events, newest first"
          data-label="page.events_label"></div>
      </section>
    </main>
    <nav class="tabbar" aria-label="Sections" data-label="page.sections">
      <button type="button" data-show="paths" data-text="page.tab_paths">Paths</button>
      <button type="button" data-show="market" data-text="page.tab_market">Market</button>
      <button type="button" data-show="activity" data-text="page.tab_activity">Activity</button>
    </nav>
    <dialog id="keys" aria-labelledby="h-keys">
      <h2 id="h-keys" data-text="page.keyboard">Keyboard</h2>
      <dl>
        <div>
          <dt><kbd>/</kbd></dt>
          <dd data-text="page.key_search">search</dd>
        </div>
        <div>
          <dt><kbd>j</kbd> <kbd>k</kbd></dt>
          <dd data-text="page.key_step">next and previous line</dd>
        </div>
        <div>
          <dt><kbd>i</kbd> <kbd>I</kbd></dt>
          <dd data-text="page.key_instrument">next and previous instrument</dd>
        </div>
        <div>
          <dt><kbd>b</kbd> <kbd>B</kbd></dt>
          <dd data-text="page.key_bar">longer and shorter bars</dd>
        </div>
        <div>
          <dt><kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd></dt>
          <dd data-text="page.key_zoom">zoom in, out, and back</dd>
        </div>
        <div>
          <dt><kbd>l</kbd></dt>
          <dd data-text="page.key_list">watchlist or subscriptions</dd>
        </div>
        <div>
          <dt><kbd>s</kbd></dt>
          <dd data-text="page.key_pin">pin the instrument</dd>
        </div>
        <div>
          <dt><kbd>c</kbd></dt>
          <dd data-text="page.key_copy">copy the path</dd>
        </div>
        <div>
          <dt><kbd>d</kbd></dt>
          <dd data-text="page.key_save">save the series as CSV</dd>
        </div>
        <div>
          <dt><kbd>a</kbd></dt>
          <dd data-text="page.key_add">add a path</dd>
        </div>
        <div>
          <dt><kbd>u</kbd></dt>
          <dd data-text="page.key_unsubscribe">unsubscribe the chosen path</dd>
        </div>
        <div>
          <dt><kbd>R</kbd></dt>
          <dd data-text="page.key_reload">read the configuration file again</dd>
        </div>
        <div>
          <dt><kbd>p</kbd></dt>
          <dd data-text="page.key_problems">only problems, and back</dd>
        </div>
        <div>
          <dt><kbd>r</kbd></dt>
          <dd data-text="page.key_row">trades or the selected row</dd>
        </div>
        <div>
          <dt><kbd>w</kbd></dt>
          <dd data-text="page.key_warnings">only warnings in the events</dd>
        </div>
        <div>
          <dt><kbd>t</kbd></dt>
          <dd data-text="page.key_theme">theme: system, light, dark</dd>
        </div>
        <div>
          <dt><kbd>Esc</kbd></dt>
          <dd data-text="page.key_escape">clear the search</dd>
        </div>
        <div>
          <dt><kbd>?</kbd></dt>
          <dd data-text="page.key_help">this list</dd>
        </div>
      </dl>
      <form method="dialog"><button type="submit" class="chip" data-text="page.close">Close</button></form>
    </dialog>
    <dialog id="confirm" aria-labelledby="h-confirm" aria-describedby="confirm-what">
      <h2 id="h-confirm" data-text="page.unsubscribe">Unsubscribe</h2>
      <p id="confirm-what"></p>
      <form method="dialog">
        <button type="submit" value="no" class="chip" data-text="page.cancel">Cancel</button>
        <button type="submit" value="yes" class="chip" data-text="page.unsubscribe">Unsubscribe</button>
      </form>
    </dialog>
    <i id="probe" hidden></i>
    <noscript>This page needs JavaScript. Without it: /readyz, /metrics and /api/state.</noscript>
  </body>
</html>
`;
