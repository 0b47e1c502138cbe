using System.Security.Cryptography;
using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Requests;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>Attack 15 where requests are signed (L3): who has the edge's link certificate, but not the key that it signs with, gets nothing done.</summary>
[Trait("Attack", "15")]
[Trait("Catalogue", "L3")]
public sealed class Attack15SignedRequestTests : IDisposable
{
    private const ushort Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PrivateKey _key = NewKey();

    [Fact]
    public async Task An_edge_that_signs_with_its_key_is_served()
    {
        await using var server = await StartAsync("edge-a");
        var site = server.Site;
        await using var connection = await ConnectAsync(server.Server, "edge-a", _key);

        for (var i = 0; i < 20; i++)
        {
            var hash = RandomNumberGenerator.GetBytes(32);
            var reply = await connection.SignCertificateVerifyAsync(KeyOf(site), new SignCertificateVerifyItems { Scheme = Scheme, Context = 0, TranscriptHash = hash }, default, Patience, default);
            Assert.True(site.Verifies(SignatureScheme.EcdsaSecp256r1Sha256, Tls.Tls13.CertificateVerifyContent.ForServer(hash), reply.Payload.ToArray()));
        }
    }

    [Fact]
    public async Task Its_certificate_alone_gets_nothing_done_not_even_an_answer_about_keys()
    {
        await using var server = await StartAsync("edge-a");
        await using var thief = await server.Server.ConnectAsync("edge-a");
        using var authority = TestAuthority.Create();
        var unknown = authority.IssueServer(TestKey.EcdsaP256, "unknown.test");

        Answer[] answers =
        [
            await thief.AskAsync(Requests.CertificateVerify(server.Site, Scheme, new byte[32])),
            await thief.AskAsync(Requests.CertificateVerify(unknown, Scheme, new byte[32])),
            await thief.AskAsync(static (ref items) => items.Opcode = (Opcode)0x77),
        ];

        Assert.All(answers, answer => Assert.Equal(KeylessError.NotAllowed, answer.Error));
    }

    [Fact]
    public async Task Another_key_s_signature_is_refused()
    {
        await using var server = await StartAsync("edge-a");
        using var other = NewKey();
        await using var connection = await ConnectAsync(server.Server, "edge-a", other);

        var reply = await connection.SignCertificateVerifyAsync(KeyOf(server.Site), new SignCertificateVerifyItems { Scheme = Scheme, Context = 0, TranscriptHash = new byte[32] }, default, Patience, default);

        Assert.Equal(KeylessError.NotAllowed, reply.Error);
    }

    [Fact]
    public async Task A_signed_request_counts_once_on_its_connection_and_as_it_was_signed()
    {
        await using var server = await StartAsync("edge-a");
        await using var edge = await server.Server.ConnectAsync("edge-a");
        var signed = HostileEdge.Encode(77, Sign(edge, Requests.CertificateVerify(server.Site, Scheme, RandomNumberGenerator.GetBytes(32))));

        await edge.SendAsync(signed);
        var first = await edge.ReadAsync();
        await edge.SendAsync(signed);
        var replayed = await edge.ReadAsync();
        var changed = await edge.AskAsync((ref items) =>
        {
            Sign(edge, Requests.CertificateVerify(server.Site, Scheme, new byte[32]))(ref items);
            items.TranscriptHash = new byte[32].Select(_ => (byte)1).ToArray();
        });
        await using var elsewhere = await server.Server.ConnectAsync("edge-a");
        var carriedOver = await elsewhere.AskAsync(Sign(edge, Requests.CertificateVerify(server.Site, Scheme, new byte[32])));

        Assert.Equal([KeylessError.None, KeylessError.Replayed, KeylessError.NotAllowed, KeylessError.NotAllowed], new[] { first, replayed, changed, carriedOver }.Select(answer => answer.Error));
    }

    [Theory]
    [InlineData(-70)]
    [InlineData(70)]
    public async Task A_signature_from_another_time_is_refused(int seconds)
    {
        await using var server = await StartAsync("edge-a");
        await using var edge = await server.Server.ConnectAsync("edge-a");

        var answer = await edge.AskAsync(Sign(edge, Requests.CertificateVerify(server.Site, Scheme, new byte[32]), new Elsewhen(TimeSpan.FromSeconds(seconds))));

        Assert.Equal(KeylessError.Replayed, answer.Error);
    }

    [Theory]
    [InlineData(false, KeylessError.None)]
    [InlineData(true, KeylessError.NotAllowed)]
    public async Task An_edge_without_a_key_is_served_unless_all_must_sign(bool required, KeylessError error)
    {
        await using var server = await StartAsync("edge-a", required);
        await using var edge = await server.Server.ConnectAsync("edge-b");

        Assert.Equal(error, (await edge.AskAsync(Requests.CertificateVerify(server.Site, Scheme, new byte[32]))).Error);
    }

    public void Dispose() => _key.Dispose();

    private async Task<World> StartAsync(string edge, bool required = false)
    {
        var server = new AttackedKeyServer { RefusesReplays = true, RequestKeys = [new EdgeRequestKey(edge, _key.SubjectPublicKeyInfo)], RequireSignedRequests = required };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        return new World(server, site);
    }

    private static Task<KeyServerConnection> ConnectAsync(AttackedKeyServer server, string edge, PrivateKey key) => KeyServerConnection.ConnectAsync(
        new KeyServerEndPoint("127.0.0.1", server.Port),
        new KeyServerConnectionOptions { Certificate = server.IssueEdge(edge), TrustedAuthorities = server.Authorities, RequestKey = key },
        TestContext.Current.CancellationToken);

    private Request Sign(HostileEdge edge, Request request, TimeProvider? time = null) => (ref items) =>
    {
        request(ref items);
        items.RequestSignature = new RequestSigner(_key, time ?? TimeProvider.System).Sign(items, edge.Link.Span);
    };

    private static PrivateKey NewKey()
    {
        using var authority = TestAuthority.Create();
        return CryptoProvider.Default.ImportPrivateKey(authority.IssueClient("signs requests").PrivateKey);
    }

    private static KeyIdentity KeyOf(TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return KeyIdentity.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    private sealed class Elsewhen(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed record World(AttackedKeyServer Server, TestCertificate Site) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
