/* TLS against openssl's own server with certificates made here: what is trusted, and what each
 * refusal is called. Skipped without the openssl tool. */
#include "core/net/http.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/time.h"
#include "tests/unit/check.h"

static char dir[] = "/tmp/penstock-tls-XXXXXX";

static const char make_certificates[] =
    "set -e; cd \"$0\"\n"
    "new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch'\n"
    "$new -x509 -subj /CN=ca -keyout ca.key -out ca.pem -days 2 2>/dev/null\n"
    "leaf() {\n"
    "    $new -subj /CN=leaf -keyout $1.key -out $1.csr 2>/dev/null\n"
    "    echo \"subjectAltName=$2\" >$1.ext\n"
    "    openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $3 \\\n"
    "        -extfile $1.ext -out $1.pem 2>/dev/null\n"
    "}\n"
    "leaf good IP:127.0.0.1 2\n"
    "leaf other DNS:example.com 2\n"
    "leaf old IP:127.0.0.1 -1\n";

/* The child's stdout comes back in *out unless that is NULL. */
static pid_t spawn(char *const argv[], int *out)
{
    int ends[2];
    pid_t pid;

    REQUIRE(pipe(ends) == 0);
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(60);
        dup2(ends[1], STDOUT_FILENO);
        if (out != NULL)
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    if (out != NULL)
        *out = ends[0];
    else
        close(ends[0]);
    return pid;
}

static bool run_shell(const char *text, const char *zero)
{
    char sh[] = "sh";
    char option[] = "-c";
    char script[4096];
    char name[64];
    char *argv[] = {sh, option, script, name, NULL};
    int status = 1;

    snprintf(script, sizeof script, "%s", text);
    snprintf(name, sizeof name, "%s", zero);
    waitpid(spawn(argv, NULL), &status, 0);
    return status == 0;
}

struct server {
    pid_t pid;
    int out;
    char url[64];
};

/* Reads the port from "ACCEPT 127.0.0.1:PORT". */
static void server_start(struct server *s, const char *leaf, const char *version)
{
    char words[10][64] = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert"};
    char *argv[11] = {0};
    char text[256] = "";
    size_t len = 0;
    const char *at = NULL;

    snprintf(words[6], 64, "%s/%s.pem", dir, leaf);
    snprintf(words[7], 64, "-key");
    snprintf(words[8], 64, "%s/%s.key", dir, leaf);
    snprintf(words[9], 64, "%s", version);
    for (int i = 0; i < 10; i++)
        argv[i] = words[i][0] != '\0' ? words[i] : NULL;
    s->pid = spawn(argv, &s->out);
    while (at == NULL || strchr(at, '\n') == NULL) {
        ssize_t n = read(s->out, text + len, sizeof text - 1 - len);

        REQUIRE(n > 0);
        len += (size_t)n;
        text[len] = '\0';
        at = strstr(text, "ACCEPT 127.0.0.1:");
    }
    snprintf(s->url, sizeof s->url, "https://127.0.0.1:%d/", atoi(at + 17));
}

static void server_stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    close(s->out);
}

struct result {
    bool is_done;
    enum err_code code;
    struct err err;
    int status;
    bool was_sent;
};

static void on_done(void *owner, const struct http_reply *reply)
{
    struct result *r = owner;

    *r = (struct result){true, reply->code, reply->err, reply->status, reply->was_sent};
}

static struct result ask(struct net *net, const char *url, const char *bundle)
{
    struct http_request request = {
        .method = SV("GET"), .url = sv_of(url), .ca_bundle = sv_of(bundle), .no_proxy = true};
    int64_t end_ms = time_mono_ms() + 20000;
    struct result r = {0};
    struct err err = {0};
    uint64_t id;

    REQUIRE_OK(http_start(net, &request, on_done, &r, &id, &err), &err);
    while (!r.is_done && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(net, NULL, 0, 100, &err), &err);
    REQUIRE(r.is_done);
    return r;
}

static struct result ask_server(const char *leaf, const char *version, const char *bundle)
{
    struct server s;
    struct net *net;
    struct err err = {0};
    struct result r;
    char path[64];

    snprintf(path, sizeof path, "%s/%s", dir, bundle);
    server_start(&s, leaf, version);
    REQUIRE_OK(net_open(&net, &err), &err);
    r = ask(net, s.url, bundle[0] != '\0' ? path : "");
    net_close(net);
    server_stop(&s);
    return r;
}

static void test_a_named_bundle_is_trusted(void **state)
{
    struct result r = ask_server("good", "", "ca.pem");

    (void)state;
    CHECK_STR(r.err.text, "");
    CHECK_INT(r.code, ERR_OK);
    CHECK_INT(r.status, 200);
}

static void refused(struct result r, const char *why)
{
    CHECK_INT(r.code, ERR_TLS);
    CHECK_TRUE(!r.was_sent);
    CHECK_TRUE(strstr(r.err.text, "127.0.0.1") != NULL || strstr(why, "read") != NULL);
    if (strstr(r.err.text, why) == NULL)
        CHECK_STR(r.err.text, why);
}

static void test_each_refusal_has_its_sentence(void **state)
{
    (void)state;
    refused(ask_server("good", "", ""), "unknown authority");
    refused(ask_server("other", "", "ca.pem"), "for another name");
    refused(ask_server("old", "", "ca.pem"), "has expired");
    refused(ask_server("good", "", "missing.pem"), "cannot be read");
    refused(ask_server("good", "-tls1_1", "ca.pem"), "handshake");
}

static void test_the_environment_cannot_switch_it_off(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof path, "%s/ca.pem", dir);
    setenv("SSL_CERT_FILE", path, 1);
    setenv("SSL_CERT_DIR", dir, 1);
    setenv("CURL_CA_BUNDLE", path, 1);
    refused(ask_server("good", "", ""), "unknown authority");
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    unsetenv("CURL_CA_BUNDLE");
}

static int make(void **state)
{
    (void)state;
    return mkdtemp(dir) != NULL && run_shell(make_certificates, dir) ? 0 : -1;
}

static int clean(void **state)
{
    (void)state;
    return run_shell("cd \"$0\" && rm -f -- *.key *.pem *.csr *.ext *.srl && rmdir \"$0\"", dir)
               ? 0
               : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_named_bundle_is_trusted),
        TEST(test_each_refusal_has_its_sentence),
        TEST(test_the_environment_cannot_switch_it_off),
    };

    if (!run_shell("command -v openssl >/dev/null", "sh")) {
        print_message("skipped: there is no openssl tool\n");
        return CHECK_SKIPPED;
    }
    return cmocka_run_group_tests(tests, make, clean);
}
