using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>A client that comes back a thousand times, in every way of resumption: it is known each time, and the key server is asked as often as the row says.</summary>
public sealed class ReconnectTests(MatrixSites sites) : IClassFixture<MatrixSites>
{
    private const int Reconnects = 1_000;

    public static IEnumerable<TheoryDataRow<string, string, string>> Ways =>
        from cut in Cut.All
        from arrangement in cut.Arrangements
        where IsTriedIn(cut, arrangement)
        from version in arrangement.IsOfTls12Only ? ["1.2"] : new[] { "1.2", "1.3" }
        select new TheoryDataRow<string, string, string>(cut.Name, arrangement.Name, version).WithTrait("Catalogue", arrangement.Row);

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_thousand_reconnects_all_go_on(string cutName, string arrangementName, string version)
    {
        var cut = Cut.All.Single(cut => cut.Name == cutName);
        var arrangement = cut.Arrangements.Single(arrangement => arrangement.Name == arrangementName);
        var deployment = sites.Deployment;
        var host = deployment.Site(cut.NameOf(TestKey.EcdsaP256, arrangement)).Host;
        using var client = new ReconnectingClient(version, takesTickets: version == "1.3" || !arrangement.IsOfTls12Only);
        Assert.False(client.Visit(deployment.Port, host).Resumed);
        deployment.Tap!.Clear();

        for (var i = 0; i < Reconnects; i++)
        {
            var (resumed, answer) = client.Visit(deployment.Port, host);
            Assert.True(resumed, $"reconnect {i + 1}");
            Assert.Contains(Origin.Greeting, answer, StringComparison.Ordinal);
        }

        var questions = version == "1.3" ? arrangement.Resuming13 : arrangement.Resuming;
        Assert.Equal(questions * Reconnects, deployment.Tap.Messages.Count(message => message.IsRequest));
    }

    /// <summary>One custody stands for all that share a way.</summary>
    private static bool IsTriedIn(Cut cut, Arrangement arrangement) => arrangement.Row switch
    {
        "R7" => cut.Name == "master-secret",
        "R2" or "R4" or "R9" => cut.Name == "session-keys",
        "R11" => cut.Custody == "handshake",
        _ => cut.Name == "signature",
    };
}
