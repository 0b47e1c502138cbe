using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Latchkey.CommandLine;

/// <summary>The library's help, then examples and exit codes.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string> Examples = new()
    {
        ["edge"] = """
            Examples:
              latchkey edge --config /etc/latchkey/edge.json
              latchkey edge --config edge.json --set admin=127.0.0.1:9500 --log-level debug
              LATCHKEY_LISTEN__0=0.0.0.0:443 latchkey edge

            SIGTERM or Ctrl-C drains and exits 0, a second one ends at once; SIGHUP reloads configuration and certificates.
            """,
        ["keyserver"] = """
            Examples:
              latchkey keyserver --config /etc/latchkey/keyserver.json
              latchkey keyserver --config keyserver.json --set listen=0.0.0.0:2407

            SIGTERM or Ctrl-C drains and exits 0, a second one ends at once; SIGHUP reads the keys again.
            """,
        ["check"] = """
            Examples:
              latchkey check edge.json
              latchkey check --role keyserver /etc/latchkey/keyserver.json
              latchkey check keyserver.json --edge edge.example.com --key site.key --operation sign-tls13
            """,
        ["split"] = """
            Examples:
              latchkey split site.key                                   site-1.part and site-2.part: both are needed
              latchkey split site.key --parts 2-of-3 --out /media/parts
              latchkey split rsa.key --threshold-rsa 2-of-3             rsa-1.share to rsa-3.share, of which two sign together and are never joined
              latchkey split site.key --destroy                         and the whole key is overwritten and removed
            """,
        ["join"] = """
            Example:
              latchkey join site-1.part site-3.part --out site.key      the whole key again, from as many parts as are needed
            """,
        ["audit"] = """
            Examples:
              latchkey audit verify /var/lib/latchkey/audit --certificate keyserver.pem
              latchkey audit show /var/lib/latchkey/audit --edge edge.example.com --since 12h
            """,
        ["verify"] = """
            Examples:
              latchkey audit verify /var/lib/latchkey/audit --certificate keyserver.pem
              latchkey audit verify /var/lib/latchkey/audit --head 1234:9b2f…        what was noted elsewhere is still there

            Exits 1 where the log is broken; one line says where and how.
            """,
        ["show"] = """
            Examples:
              latchkey audit show /var/lib/latchkey/audit --edge edge.example.com --since 12h
              latchkey audit show /var/lib/latchkey/audit --name example.test --operation sign_certificate_verify --json
            """,
        ["tickets"] = """
            Example:
              latchkey tickets export --config edge.json --site example.test --format nginx --to /run/latchkey/example --pid-file /run/nginx.pid
            """,
        ["export"] = """
            Examples:
              latchkey tickets export -c edge.json --site example.test --format nginx --to /run/latchkey/example --pid-file /run/nginx.pid
              latchkey tickets export -c edge.json --site example.test --format haproxy --to /run/latchkey/example.keys --socket /run/haproxy.sock
              latchkey tickets export -c edge.json --site example.test --format haproxy --to - --once

            Goes on until SIGTERM or Ctrl-C and writes again whenever the keys change; SIGHUP tells the servers again.
            """,
        ["demo"] = """
            Examples:
              latchkey demo                 a page served by an edge without a key; Ctrl-C ends it
              latchkey demo --once          fetch it once, print the handshake step by step
              latchkey demo --once --custody session-keys
            """,
        ["trace"] = """
            Examples:
              latchkey trace                                    every handshake of the edge whose admin endpoint is 127.0.0.1:9443
              latchkey trace --admin 127.0.0.1:9500 --server-name example.test --count 1

            A handshake costs nothing more while nobody traces; no secret is shown.
            """,
        ["bench"] = """
            Examples:
              latchkey bench --config edge.json
              latchkey bench --config edge.json --seconds 1
            """,
        ["version"] = """
            Example:
              latchkey version
            """,
    };

    private const string RootExample = """
        Examples:
          latchkey demo                                     see it work, in five seconds
          latchkey keyserver --config keyserver.json        at home, where the keys are
          latchkey edge --config edge.json                  out there, where the clients are
          latchkey check edge.json                          before a restart
        """;

    private const string ExitCodes = """
        Exit codes:
          0  done, or stopped by a signal
          1  it could not be done: an address is taken, a key server did not sign
          2  the configuration or the command line is wrong; one line says what was expected
        """;

    private readonly HelpAction _help = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(Examples.GetValueOrDefault(parseResult.CommandResult.Command.Name, RootExample));
        output.WriteLine();
        output.WriteLine(ExitCodes);
        return ExitCode.Success;
    }
}
