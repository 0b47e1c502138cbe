using Latchkey.Testing;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>0-RTT with other people's clients; through the edge it is shown in the interop tests.</summary>
[Trait("Catalogue", "R3")]
public sealed class EarlyDataClientTests
{
    [Fact]
    public async Task GnuTLS_is_answered_what_it_sent_early()
    {
        var resumption = new ResumptionOptions { Tickets = new MemoryTickets(), MaxEarlyData = 1000 };
        await using var server = new LoopbackServer(TestSite.Options(resumption: resumption), LoopbackServer.AnswerHttpAsync);
        using var folder = new TemporaryFolder();
        var ca = TestSite.Authority.Write(folder.Path);
        // It is sent as early data or not at all.
        var early = folder.Write("early", "GET /early HTTP/1.1\r\nHost: example.test\r\n\r\n");
        await using var client = ChildProcess.Start(
            Tool.SkipUnless("gnutls-cli"),
            [
                "--x509cafile", ca, "--sni-hostname", "example.test", "--verify-hostname", "example.test", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "--resume", "--waitresumption",
                "--earlydata", early, "--port", $"{server.Port}", "127.0.0.1",
            ]);
        await client.WaitForLineAsync(line => line.Contains("GET /early", StringComparison.Ordinal), "the answer");
        Assert.Contains("This is a resumed session", client.Output, StringComparison.Ordinal);
    }
}
