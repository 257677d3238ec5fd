#include "core/net/task.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Pages that are never touched cost nothing. */
enum { STACK_SIZE = 1 << 20 };

struct task {
    struct net *net;
    task_fn *fn;
    task_done_fn *done;
    void *owner;
    ucontext_t inside;  /* the task, while others run */
    ucontext_t outside; /* who woke it, while it runs */
    char *stack;        /* its lowest page is no one's */
    size_t page;
    uint64_t timer;           /* of its beginning, its sleep or its end */
    int64_t waiting_since_ms; /* monotonic */
    bool is_running;
    bool is_waiting;
    bool is_cancelled;
    bool has_ended;
    enum err_code rc;
    struct err err;
#ifdef HAS_ASAN
    const void *outer_stack;
    size_t outer_size;
#endif
};

/* The sanitizer follows the stack; both ends of each switch tell it. */
static void leaving(void **fake UNUSED, const void *stack UNUSED, size_t size UNUSED)
{
#ifdef HAS_ASAN
    __sanitizer_start_switch_fiber(fake, stack, size);
#endif
}

static void arrived(void *fake UNUSED, const void **stack UNUSED, size_t *size UNUSED)
{
#ifdef HAS_ASAN
    __sanitizer_finish_switch_fiber(fake, stack, size);
#endif
}

/* What swapcontext does; the sanitizer's own version of that complains on stderr. */
static void change_places(ucontext_t *from, const ucontext_t *to)
{
    volatile bool is_back = false;

    (void)getcontext(from);
    if (is_back)
        return;
    is_back = true;
    (void)setcontext(to);
}

static void step_out(struct task *t)
{
    void *fake = NULL;

    t->is_running = false;
#ifdef HAS_ASAN
    leaving(t->has_ended ? NULL : &fake, t->outer_stack, t->outer_size);
#endif
    change_places(&t->inside, &t->outside);
#ifdef HAS_ASAN
    arrived(fake, &t->outer_stack, &t->outer_size);
#else
    (void)fake;
#endif
}

static void step_in(struct task *t)
{
    void *fake = NULL;

    t->is_running = true;
    leaving(&fake, t->stack + t->page, STACK_SIZE);
    change_places(&t->outside, &t->inside);
    arrived(fake, NULL, NULL);
}

/* makecontext hands over ints only. */
static struct task *beginner;

static void body(void)
{
    struct task *t = beginner;

#ifdef HAS_ASAN
    arrived(NULL, &t->outer_stack, &t->outer_size);
#endif
    t->rc = t->fn(t, t->owner, &t->err);
    t->has_ended = true;
    step_out(t);
}

static void free_task(struct task *t)
{
    net_timer_cancel(t->net, t->timer);
#ifdef HAS_ASAN
    /* Frames that were never returned to are marked still: whoever gets these pages next would be
     * blamed for them. */
    ASAN_UNPOISON_MEMORY_REGION(t->stack + t->page, STACK_SIZE);
#endif
    (void)munmap(t->stack, t->page + STACK_SIZE);
    mem_free(t);
}

/* From the loop, so that an owner who throws everything away pulls nothing from under a reply. */
static void on_end(void *owner, uint64_t id UNUSED)
{
    struct task *t = owner;
    task_done_fn *done = t->done;
    void *whose = t->owner;
    enum err_code rc = t->rc;
    struct err err = t->err;

    t->timer = 0;
    free_task(t);
    done(whose, rc, &err);
}

static void run(struct task *t)
{
    step_in(t);
    if (!t->has_ended || t->is_cancelled)
        return;
    t->timer = net_timer_start(t->net, 0, on_end, t);
    if (t->timer == 0)
        on_end(t, 0);
}

static void on_begin(void *owner, uint64_t id UNUSED)
{
    struct task *t = owner;

    t->timer = 0;
    beginner = t;
    run(t);
}

static enum err_code make_stack(struct task *t, struct err *err)
{
    void *memory;

    t->page = (size_t)sysconf(_SC_PAGESIZE);
    memory = mmap(NULL, t->page + STACK_SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return mem_err(err);
    t->stack = memory;
    if (mprotect(t->stack, t->page, PROT_NONE) == 0 && getcontext(&t->inside) == 0)
        return ERR_OK;
    (void)munmap(memory, t->page + STACK_SIZE);
    return mem_err(err);
}

enum err_code task_start(struct net *net, task_fn *fn, task_done_fn *done, void *owner,
                         struct task **out, struct err *err)
{
    struct task *t = mem_alloc(sizeof *t);
    enum err_code rc;

    if (t == NULL)
        return mem_err(err);
    t->net = net;
    t->fn = fn;
    t->done = done;
    t->owner = owner;
    rc = make_stack(t, err);
    if (rc) {
        mem_free(t);
        return rc;
    }
    t->inside.uc_stack.ss_sp = t->stack + t->page;
    t->inside.uc_stack.ss_size = STACK_SIZE;
    t->inside.uc_link = NULL;
    makecontext(&t->inside, body, 0);
    t->timer = net_timer_start(net, 0, on_begin, t);
    if (t->timer == 0) {
        free_task(t);
        return mem_err(err);
    }
    *out = t;
    return ERR_OK;
}

void task_cancel(struct task *task)
{
    if (task == NULL)
        return;
    task->is_cancelled = true;
    if (task->is_waiting)
        step_in(task);
    free_task(task);
}

struct net *task_net(const struct task *task)
{
    return task->net;
}

bool task_is_cancelled(const struct task *task)
{
    return task->is_cancelled;
}

enum err_code task_wait(struct task *task, struct err *err)
{
    if (!task->is_cancelled) {
        task->is_waiting = true;
        task->waiting_since_ms = time_mono_ms();
        step_out(task);
        task->is_waiting = false;
    }
    return task->is_cancelled ? err_set(err, ERR_CANCELLED, "cancelled") : ERR_OK;
}

int64_t task_waits_ms(const struct task *task)
{
    if (task == NULL || !task->is_waiting || task->timer != 0)
        return 0;
    return time_mono_ms() - task->waiting_since_ms;
}

void task_wake(struct task *task)
{
    if (task->is_waiting && !task->is_running)
        run(task);
}

static void on_slept(void *owner, uint64_t id UNUSED)
{
    struct task *t = owner;

    t->timer = 0;
    task_wake(t);
}

enum err_code task_sleep(struct task *task, int64_t ms, struct err *err)
{
    enum err_code rc;

    task->timer = net_timer_start(task->net, ms, on_slept, task);
    if (task->timer == 0)
        return mem_err(err);
    rc = task_wait(task, err);
    net_timer_cancel(task->net, task->timer);
    task->timer = 0;
    return rc;
}
