using Latchkey.Interop.Clients;
using Latchkey.Interop.Deployed;
using Latchkey.Interop.Deployment;
using Latchkey.Testing;

namespace Latchkey.Interop.Matrix;

/// <summary>TLS 1.3 under the custodies that cut the ladder at the key server: OpenSSL through an edge process, with everything read that crosses the link.</summary>
[Trait("Catalogue", "X2")]
public sealed class Tls13CustodyTests(Tls13CustodyTests.Deployment deployment) : IClassFixture<Tls13CustodyTests.Deployment>
{
    private const byte AnswerTls13 = 0x47;

    private static readonly string[] Custodies = ["exchange", "master-secret", "session-keys"];

    public static TheoryData<string, TestKey, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, TestKey, string>();
            foreach (var custody in Custodies)
            {
                foreach (var key in new[] { TestKey.EcdsaP256, TestKey.Rsa2048 })
                {
                    foreach (var group in new[] { "X25519", "P-256", "P-521:P-384" })
                    {
                        cells.Add(custody, key, group);
                    }
                }
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    [Trait("Catalogue", "K3")]
    [Trait("Catalogue", "K3a")]
    [Trait("Catalogue", "K3b")]
    [Trait("Catalogue", "K3c")]
    [Trait("Catalogue", "F2")]
    [Trait("Catalogue", "F3")]
    public async Task A_full_handshake_is_one_round_trip_and_the_edge_gets_what_its_custody_allows(string custody, TestKey key, string groups)
    {
        var site = deployment.Sites.Site(NameOf(custody, key));
        var tap = deployment.Sites.Tap!;
        using var folder = new TemporaryFolder();
        var log = folder.File("keys");
        tap.Clear();

        // P-521, which is not served, comes first with its share: a HelloRetryRequest asks for P-384.
        var result = await OpenSslClient.RunAsync(
            deployment.Sites, site.Host, ["-tls1_3", "-groups", groups, "-keylogfile", log], $"GET /hello HTTP/1.1\r\nHost: {site.Host}\r\nConnection: close\r\n\r\n");

        Assert.Contains(Origin.Greeting, result.Succeeded().Output, StringComparison.Ordinal);
        var request = Assert.Single(tap.Messages, message => message.IsRequest);
        Assert.Equal(AnswerTls13, request.Message.Opcode);
        var reply = Assert.Single(tap.Messages, message => !message.IsRequest && message.Message.Id == request.Message.Id);
        var keys = KeyLog.Read(log);
        Assert.All(keys.TrafficSecrets, secret => Assert.Equal(custody == "session-keys", reply.Contains(secret)));
        Assert.False(reply.Contains(keys.ExporterSecret));
    }

    private static string NameOf(string custody, TestKey key) => $"{custody}-{key}".ToLowerInvariant();

    public sealed class Deployment : IAsyncLifetime
    {
        public KeylessDeployment Sites { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Sites = await KeylessDeployment.StartAsync(new DeploymentPlan
        {
            Tapped = true,
            Sites =
            [
                .. from custody in Custodies
                   from key in new[] { TestKey.EcdsaP256, TestKey.Rsa2048 }
                   select new SitePlan(NameOf(custody, key), key)
                   {
                       Custody = custody.Replace("-k3a", "", StringComparison.Ordinal),
                       Settings = custody == "exchange-k3a" ? """{ "handOverPrivateValue": true }""" : null,
                   },
            ],
        });

        public ValueTask DisposeAsync() => Sites.DisposeAsync();
    }
}
