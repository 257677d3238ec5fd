#include "tui/term.h"

#define NCURSES_NOMACROS 1

#include <curses.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

#include "core/base/dynlib.h"
#include "core/base/time.h"
#include "tui/rescue.h"
#include "tui/sgr.h"
#include "tui/theme.h"
#include "tui/tty.h"
#include "tui/xterm.h"

/* ncurses is loaded when a console opens: linked, it would be a tenth of a cached `status`. */
/* clang-format off */
#define CURSES_FUNCTIONS(X) \
    X(newterm) X(delscreen) X(endwin) X(setupterm) X(del_curterm) X(tigetstr) X(nonl) \
    X(typeahead) X(leaveok) X(curs_set) X(has_colors) X(start_color) X(use_default_colors) \
    X(init_pair) X(use_env) X(use_tioctl) X(resizeterm) X(setcchar) X(mvadd_wch) \
    X(erase) X(clearok) X(wnoutrefresh) X(doupdate)
#define CURSES_VARIABLES(X) \
    X(stdscr) X(curscr) X(cur_term) X(LINES) X(COLS) X(COLORS)
/* clang-format on */

enum { PRINT_MS = 3000 };

#define MEMBER(name) __typeof__(name) *name;
static struct {
    CURSES_FUNCTIONS(MEMBER)
    CURSES_VARIABLES(MEMBER)
} lib;
#undef MEMBER

enum term_state { TERM_SHOWN, TERM_PRINTED, TERM_AWAY };

static struct {
    SCREEN *screen;
    FILE *file;          /* where ncurses writes: memory */
    struct sb frame;     /* as it wrote it */
    struct sb squeezed;  /* as it goes to the terminal */
    struct canvas shown; /* what ncurses was told */
    struct input input;
    int64_t read_ms; /* when something was typed last */
    const struct theme *theme;
    short pairs[STYLE_COUNT];
    int colors;
    char type[64]; /* TERM, once it was checked */
    enum term_state state;
    bool is_xterm;
    bool has_mouse;
    bool needs_modes; /* of xterm, behind the next frame */
    bool must_repaint;
} term;

static enum err_code load(struct err *err)
{
#define SYMBOL(name) {#name, (void **)&lib.name},
    static const struct dynlib_symbol symbols[] = {CURSES_FUNCTIONS(SYMBOL)
                                                       CURSES_VARIABLES(SYMBOL)};
#undef SYMBOL
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libncursesw.so.6", "libncursesw6", symbols, ARRAY_LEN(symbols), err);
    is_loaded = rc == ERR_OK;
    return rc;
}

static const char *capability(const char *name)
{
    char writable[8];
    const char *value;

    snprintf(writable, sizeof writable, "%s", name);
    value = lib.tigetstr(writable);
    return value == (const char *)-1 ? NULL : value;
}

static enum err_code check_type(const char *name, struct err *err)
{
    enum err_code rc = load(err);
    int status = 0;
    bool is_able;

    if (rc)
        return rc;
    if (lib.setupterm(name, STDOUT_FILENO, &status) != OK)
        return err_set(err, ERR_USAGE,
                       "no description of the terminal TERM=%s; set TERM to a known one, e.g. "
                       "TERM=xterm-256color",
                       name);
    is_able = capability("cup") != NULL && capability("clear") != NULL;
    lib.del_curterm(*lib.cur_term);
    if (!is_able)
        return err_set(err, ERR_USAGE,
                       "the terminal TERM=%s cannot place text on the screen; use penstock status "
                       "or penstock watch",
                       name);
    snprintf(term.type, sizeof term.type, "%s", name);
    return ERR_OK;
}

bool term_is_dumb(void)
{
    const char *name = getenv("TERM");

    return name != NULL && strcmp(name, "dumb") == 0;
}

enum err_code term_check(struct err *err)
{
    const char *name = getenv("TERM");

    if (term.type[0] != '\0')
        return ERR_OK;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_USAGE,
                       "the console needs a terminal on stdin and stdout; without one use "
                       "penstock status");
    if (name == NULL || name[0] == '\0')
        return err_set(err, ERR_USAGE,
                       "TERM is not set; set it to your terminal's type, e.g. TERM=xterm-256color");
    return check_type(name, err);
}

static void add_text(char *out, size_t size, const char *text)
{
    size_t len = strlen(out);

    snprintf(out + len, size - len, "%s", text);
}

/* Terminfo writes delays as $<50>; no terminal of today needs them. */
static void add_capability(char *out, size_t size, const char *name)
{
    const char *p = capability(name);
    size_t len = strlen(out);

    while (p != NULL && *p != '\0' && len + 1 < size) {
        const char *end = p[0] == '$' && p[1] == '<' ? strchr(p, '>') : NULL;

        if (end != NULL)
            p = end + 1;
        else
            out[len++] = *p++;
    }
    out[len] = '\0';
}

/* What leaves the console's modes whatever state they are in: a crash in the middle of a frame may
 * leave a scrolling region, too. */
static void arm(void)
{
    bool is_ansi = capability("csr") != NULL && strncmp(capability("csr"), "\033[", 2) == 0;
    char bytes[256] = "";

    if (term.is_xterm)
        snprintf(bytes, sizeof bytes, "%s", XTERM_STRING_END XTERM_MOUSE_OFF XTERM_MODES_OFF);
    if (is_ansi)
        add_text(bytes, sizeof bytes, "\033[r\033[999H");
    add_capability(bytes, sizeof bytes, "sgr0");
    add_capability(bytes, sizeof bytes, "cnorm");
    if (capability("rmcup") == NULL)
        add_text(bytes, sizeof bytes, "\r\n");
    add_capability(bytes, sizeof bytes, "rmcup");
    rescue_arm(tty_fd(), tty_found(), bytes);
}

static void add_sequences(void)
{
    static const struct {
        const char *name;
        uint32_t key;
    } known[] = {
        {"kcuu1", KEYCODE_UP},     {"kcud1", KEYCODE_DOWN},   {"kcub1", KEYCODE_LEFT},
        {"kcuf1", KEYCODE_RIGHT},  {"khome", KEYCODE_HOME},   {"kend", KEYCODE_END},
        {"kpp", KEYCODE_PGUP},     {"knp", KEYCODE_PGDN},     {"kdch1", KEYCODE_DELETE},
        {"kich1", KEYCODE_INSERT}, {"kcbt", KEYCODE_BACKTAB}, {"kf1", KEYCODE_F1},
        {"kf2", KEYCODE_F2},       {"kf3", KEYCODE_F3},       {"kf4", KEYCODE_F4},
        {"kf5", KEYCODE_F5},       {"kf6", KEYCODE_F6},       {"kf7", KEYCODE_F7},
        {"kf8", KEYCODE_F8},       {"kf9", KEYCODE_F9},       {"kf10", KEYCODE_F10},
        {"kf11", KEYCODE_F11},     {"kf12", KEYCODE_F12},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        input_add_sequence(&term.input, capability(known[i].name), known[i].key);
}

/* ncurses would keep three cells of thirty bytes each for whatever size a terminal claims. */
static bool has_sane_size(void)
{
    int rows;
    int cols;

    return !tty_size(&rows, &cols) || (rows <= CANVAS_ROWS_MAX && cols <= CANVAS_COLS_MAX);
}

static bool take_size(void)
{
    int rows;
    int cols;

    if (!tty_size(&rows, &cols))
        return false;
    rows = rows < CANVAS_ROWS_MAX ? rows : CANVAS_ROWS_MAX;
    cols = cols < CANVAS_COLS_MAX ? cols : CANVAS_COLS_MAX;
    return (rows != *lib.LINES || cols != *lib.COLS) && lib.resizeterm(rows, cols) == OK;
}

/* ncurses learns size, speed and settings from the real terminal; only then does the descriptor
 * that it writes to become memory. */
static bool open_screen(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int memory = memfd_create("frame", MFD_CLOEXEC);

    term.file = fd < 0 ? NULL : fdopen(fd, "w");
    if (term.file != NULL && memory >= 0) {
        /* Exported LINES and COLUMNS are often those of another window: ask the terminal. */
        lib.use_env(FALSE);
        lib.use_tioctl(has_sane_size());
        term.screen = lib.newterm(term.type, term.file, stdin);
        if (term.screen != NULL)
            lib.nonl();
        dup3(memory, fd, O_CLOEXEC);
        if (term.screen != NULL)
            take_size();
    }
    if (memory >= 0)
        close(memory);
    return term.screen != NULL;
}

static void set_theme(const struct theme *theme)
{
    term.theme = theme;
    for (int i = 0; i < STYLE_COUNT; i++) {
        int number = theme_color_number(theme->looks[i].color, term.colors);
        int same = 0;

        while (theme_color_number(theme->looks[same].color, term.colors) != number)
            same++;
        term.pairs[i] = (short)(number < 0 ? 0 : same + 1);
        if (number >= 0 && same == i)
            lib.init_pair(term.pairs[i], (short)number, -1);
    }
}

const char *term_theme(void)
{
    return term.theme->name;
}

const char *term_set_theme(const char *name)
{
    bool is_asked = name != NULL && name[0] != '\0';

    if (is_asked && theme_find(name) == NULL)
        return NULL;
    set_theme(theme_choose(name, term.colors, getenv("NO_COLOR")));
    /* No cell has such a style, so each is shown anew. */
    for (int i = 0; i < term.shown.rows * term.shown.cols; i++)
        term.shown.cells[i].style = STYLE_COUNT;
    return term.theme->name;
}

static void set_up(const struct term_options *options)
{
    bool has_colors = lib.has_colors() && lib.start_color() == OK && *lib.COLORS >= 8;

    lib.typeahead(-1); /* a frame is not to be left half drawn because keys wait */
    lib.leaveok(*lib.stdscr, TRUE);
    lib.curs_set(0);
    term.colors = has_colors && lib.use_default_colors() == OK ? *lib.COLORS : 0;
    term.is_xterm = xterm_is_like(term.type);
    term.has_mouse = options->has_mouse;
    term.state = TERM_SHOWN;
    term.needs_modes = true;
    canvas_init(&term.shown, *lib.LINES, *lib.COLS, options->is_utf8);
    set_theme(theme_choose(options->theme, term.colors, getenv("NO_COLOR")));
    sb_init(&term.frame, TTY_WAITING_MAX);
    sb_init(&term.squeezed, TTY_WAITING_MAX);
    input_init(&term.input, options->is_utf8);
    add_sequences();
}

enum err_code term_open(const struct term_options *options, struct err *err)
{
    enum err_code rc = term_check(err);

    if (rc)
        return rc;
    tty_open();
    if (!open_screen()) {
        tty_give_back();
        tty_close();
        if (term.file != NULL)
            fclose(term.file);
        term.file = NULL;
        return err_set(err, ERR_USAGE, "cannot use the terminal TERM=%s; try TERM=vt100",
                       term.type);
    }
    set_up(options);
    arm();
    tty_take();
    return ERR_OK;
}

static void add(struct sv bytes)
{
    if (!tty_add(bytes))
        term.must_repaint = true;
}

/* What ncurses wrote goes to the terminal. Its file is as long as where it writes next. */
static void take_frame(bool is_whole)
{
    int fd = fileno(term.file);
    off_t count = lseek(fd, 0, SEEK_CUR);
    ssize_t got;

    if (count <= 0)
        return;
    lseek(fd, 0, SEEK_SET);
    sb_clear(&term.frame);
    if (sb_reserve(&term.frame, (size_t)count, NULL)) {
        term.must_repaint = true;
        return;
    }
    got = pread(fd, term.frame.ptr, (size_t)count, 0);
    if (got <= 0)
        return;
    sb_clear(&term.squeezed);
    if (sgr_squeeze(sv_make(term.frame.ptr, (size_t)got), is_whole, &term.squeezed, NULL))
        add(sv_make(term.frame.ptr, (size_t)got));
    else
        add(sb_sv(&term.squeezed));
}

/* Where there is no other screen to go back to, what comes next has a line of its own. */
static void end_screen(void)
{
    lib.endwin();
    take_frame(true);
    if (capability("rmcup") == NULL)
        add(SV("\r\n"));
    if (term.is_xterm && term.has_mouse)
        add(SV(XTERM_MOUSE_OFF));
    if (term.is_xterm)
        add(SV(XTERM_MODES_OFF));
}

void term_close(void)
{
    if (term.screen == NULL)
        return;
    if (term.state == TERM_SHOWN)
        end_screen();
    if (term.state != TERM_AWAY) {
        tty_drain_last();
        tty_give_back();
    }
    rescue_disarm();
    lib.delscreen(term.screen);
    fclose(term.file);
    term.screen = NULL;
    term.file = NULL;
    canvas_release(&term.shown);
    sb_release(&term.frame);
    sb_release(&term.squeezed);
    input_release(&term.input);
    tty_close();
}

void term_size(int *rows, int *cols)
{
    *rows = *lib.LINES;
    *cols = *lib.COLS;
}

bool term_resize(void)
{
    bool is_other = take_size();

    term.must_repaint = term.must_repaint || is_other;
    return is_other;
}

static bool read_more(void)
{
    char bytes[1024];
    size_t count = tty_read(bytes, sizeof bytes);

    if (count == 0)
        return false;
    input_feed(&term.input, bytes, count);
    term.read_ms = time_mono_ms();
    return true;
}

/* What waits in the terminal is looked at before a pause is believed. */
bool term_next(struct input_event *out)
{
    do {
        if (input_next(&term.input, false, out))
            return true;
    } while (read_more());
    return term_wait_ms() == 0 && input_next(&term.input, true, out);
}

int term_wait_ms(void)
{
    int64_t passed;

    if (!input_is_waiting(&term.input))
        return -1;
    passed = time_mono_ms() - term.read_ms;
    return passed >= INPUT_ESC_MS ? 0 : (int)(INPUT_ESC_MS - passed);
}

bool term_is_alive(void)
{
    return tty_is_alive();
}

static attr_t attrs_of(const struct theme_look *look)
{
    attr_t attrs = A_NORMAL;

    if (look->attrs & THEME_BOLD)
        attrs |= A_BOLD;
    if (look->attrs & THEME_DIM)
        attrs |= A_DIM;
    if (look->attrs & THEME_REVERSE)
        attrs |= A_REVERSE;
    if (look->attrs & THEME_UNDERLINE)
        attrs |= A_UNDERLINE;
    return attrs;
}

static void show_cell(int row, int col, const struct cell *cell)
{
    const struct theme_look *look = &term.theme->looks[cell->style];
    wchar_t text[CANVAS_MARKS + 2] = {(wchar_t)cell->ch};
    cchar_t out;

    for (int i = 0; i < CANVAS_MARKS; i++)
        text[i + 1] = (wchar_t)cell->marks[i];
    if (lib.setcchar(&out, text, attrs_of(look), term.pairs[cell->style], NULL) == OK)
        lib.mvadd_wch(row, col, &out);
}

static void show_changes(const struct canvas *canvas)
{
    for (int i = 0; i < canvas->rows * canvas->cols; i++) {
        const struct cell *cell = &canvas->cells[i];

        if (cell_eq(cell, &term.shown.cells[i]))
            continue;
        if (cell->width > 0)
            show_cell(i / canvas->cols, i % canvas->cols, cell);
        term.shown.cells[i] = *cell;
    }
}

static void add_modes(void)
{
    if (term.needs_modes && term.is_xterm)
        add(SV(XTERM_MODES_ON));
    if (term.needs_modes && term.is_xterm && term.has_mouse)
        add(SV(XTERM_MOUSE_ON));
    term.needs_modes = false;
}

void term_show(const struct canvas *canvas)
{
    bool is_whole = term.must_repaint;

    if (term.state != TERM_SHOWN)
        return;
    if (canvas->rows != term.shown.rows || canvas->cols != term.shown.cols) {
        canvas_resize(&term.shown, canvas->rows, canvas->cols);
        lib.erase();
    }
    show_changes(canvas);
    if (is_whole)
        lib.clearok(*lib.curscr, TRUE);
    term.must_repaint = false;
    lib.wnoutrefresh(*lib.stdscr);
    lib.doupdate();
    take_frame(is_whole || term.needs_modes);
    add_modes();
    tty_flush();
}

void term_repaint(void)
{
    term.must_repaint = true;
}

bool term_is_busy(void)
{
    return tty_is_busy();
}

int term_output_fd(void)
{
    return tty_fd();
}

void term_flush(void)
{
    tty_flush();
}

bool term_is_slow(void)
{
    return tty_is_slow();
}

uint64_t term_bytes(void)
{
    return tty_bytes();
}

void term_send(struct sv bytes)
{
    add(bytes);
    tty_flush();
}

void term_set_mouse(bool is_on)
{
    if (is_on == term.has_mouse)
        return;
    term.has_mouse = is_on;
    if (term.is_xterm && term.state == TERM_SHOWN && !term.needs_modes)
        term_send(is_on ? SV(XTERM_MOUSE_ON) : SV(XTERM_MOUSE_OFF));
}

void term_leave(void)
{
    if (term.state == TERM_SHOWN)
        end_screen();
    if (term.state != TERM_AWAY) {
        tty_drain_last();
        tty_give_back();
    }
    rescue_disarm();
    term.state = TERM_AWAY;
}

/* The settings come first: in the background they stop us, before anything is written. */
void term_return(void)
{
    tty_take();
    arm();
    term.state = TERM_SHOWN;
    term.needs_modes = true;
    term.must_repaint = true;
}

static enum err_code add_character(struct sb *out, uint32_t ch)
{
    char bytes[4];

    if (ch == '\n')
        return sb_add(out, SV("\r\n"), NULL);
    ch = text_safe(ch);
    if (ch >= 0x80 && !term.shown.is_utf8)
        ch = '?';
    return sb_add(out, sv_make(bytes, utf8_encode(ch, bytes)), NULL);
}

static void add_characters(struct sv text)
{
    CLEANUP(sb_release) struct sb out;

    sb_init(&out, TTY_WAITING_MAX);
    while (text.len > 0) {
        if (add_character(&out, utf8_next(&text)))
            break;
    }
    add(sb_sv(&out));
}

void term_print(struct sv text)
{
    if (term.state == TERM_AWAY)
        return;
    if (term.state == TERM_SHOWN)
        end_screen();
    term.state = TERM_PRINTED;
    add_characters(text);
    tty_drain(PRINT_MS);
}

void term_print_on(struct sv text)
{
    if (term.state != TERM_PRINTED)
        return;
    add_characters(text);
    tty_flush();
}
