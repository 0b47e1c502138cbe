using System.Security.Cryptography;
using Latchkey.Client;
using Latchkey.Client.DelegatedCredentials;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Wire;
using Latchkey.Wire.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 6, by delegated credentials: each is a stock of signatures that nobody asks for any more. What keeps it small is who gets one, for how long, and that peers believe in no other.
/// </summary>
[Trait("Attack", "6")]
[Trait("Catalogue", "X6")]
public sealed class Attack06DelegatedCredentialTests
{
    private static readonly KeyRule Allowing = new() { Edges = ["edge-a"], Operations = KeyOperations.Standard | KeyOperations.DelegatedCredential, DelegatedCredentialLifetime = TimeSpan.FromHours(1) };

    [Theory]
    [InlineData("edge-a", 3600, true)]
    [InlineData("edge-a", 3601, false)] // over-long
    [InlineData("edge-a", 700_000, false)]
    [InlineData("edge-b", 3600, false)] // another edge's
    [InlineData("edge-c", 3600, false)] // its rule does not say so
    [Trait("Attack", "13")]
    public async Task Whoever_may_not_have_one_is_told_that_there_is_no_such_key(string edge, uint seconds, bool issued)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddDelegatingKey("site.test", Allowing, new KeyRule { Edges = ["edge-c"] });
        await server.StartAsync();
        await using var asking = await server.ConnectTestEdgeAsync(edge);

        var reply = await asking.AskAsync(Ask(site.Ski(), site, seconds));
        var missing = await asking.AskAsync(Ask(RandomNumberGenerator.GetBytes(20), site, seconds));

        Assert.Equal(issued ? KeylessError.None : KeylessError.KeyNotFound, reply.Error);
        Assert.Equal(KeylessError.KeyNotFound, missing.Error);
    }

    [Fact]
    public async Task An_edge_that_is_shut_out_goes_on_for_the_credentials_life_and_no_longer()
    {
        Tool.SkipUnless("tstclnt", "certutil");
        await using var server = new AttackedKeyServer();
        var site = server.AddDelegatingKey("site.test", Allowing);
        await server.StartAsync();
        await using var client = await server.StartClientAsync("edge-a");
        var certificate = AttackedEdge.Certificate(site, client.CreateCustody("signature"));
        await using var credentials = new KeyServerDelegatedCredentials(client, certificate, new DelegatedCredentialTerms { Lifetime = TimeSpan.FromSeconds(10) }, NullLoggerFactory.Instance);
        await using var edge = new AttackedEdge(Site(certificate, credentials));
        using var peer = await DelegatingPeer.CreateAsync();
        await Becomes(() => credentials.Current is not null);

        await server.ChangeRulesAsync(new KeyRule { Edges = ["edge-b"] });
        await Becomes(() => credentials.Status.Failure is not null);
        var end = credentials.Status.NotAfter; // no other comes now
        var visited = await peer.VisitAsync(edge.EndPoint.Port);
        Assert.True(visited || credentials.Current is null, peer.Output); // on a busy machine its time may be over already

        await Becomes(() => credentials.Current is null);
        Assert.False(await peer.VisitAsync(edge.EndPoint.Port), peer.Output);
        await Becomes(() => edge.Handshakes.Last().Failure is not null);
        Assert.Equal(end, credentials.Status.NotAfter);
    }

    [Theory]
    [InlineData("as issued", "")]
    [InlineData("tampered", "SSL_ERROR_DC_BAD_SIGNATURE")]
    [InlineData("expired", "SSL_ERROR_DC_EXPIRED")]
    [InlineData("over-long", "SSL_ERROR_DC_INAPPROPRIATE_VALIDITY_PERIOD")]
    [InlineData("of another certificate", "SSL_ERROR_DC_BAD_SIGNATURE")]
    [InlineData("signed by itself", "SSL_ERROR_DC_BAD_SIGNATURE")]
    [Trait("Attack", "5")]
    [Trait("Attack", "16")]
    public async Task A_peer_believes_in_what_was_issued_and_in_nothing_else(string what, string refusal)
    {
        Tool.SkipUnless("tstclnt", "certutil");
        await using var server = new AttackedKeyServer();
        var site = server.AddDelegatingKey("site.test", Allowing);
        var other = server.AddDelegatingKey("site.test.other", Allowing);
        // The certificate's key is not at this edge: it fails wherever the credential is not served.
        var certificate = AttackedEdge.Certificate(site, new Tls.Custodies.SignatureCustody("none", new Tls.Custodies.LocalHandshakeKey(CryptoProvider.Default.ImportPrivateKey(other.PrivateKey))));
        await using var edge = new AttackedEdge(Site(certificate, new ForgedCredential(site, other, what)));
        using var peer = await DelegatingPeer.CreateAsync();

        Assert.True(await peer.VisitAsync(edge.EndPoint.Port) == (refusal.Length == 0), peer.Output);
        Assert.Contains(refusal, peer.Output, StringComparison.Ordinal);
    }

    private static TlsSite Site(TlsCertificate certificate, DelegatedCredentialSource credentials) => new() { Name = "site.test", Certificates = [certificate], DelegatedCredentials = [credentials] };

    private static RequestItems Ask(byte[] ski, TestCertificate site, uint seconds)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var fields = new FieldWriter(1024);
        new IssueDelegatedCredentialRequest
        {
            Seconds = seconds,
            Algorithm = (ushort)SignatureScheme.EcdsaSecp256r1Sha256,
            Scheme = (ushort)SignatureScheme.EcdsaSecp256r1Sha256,
            PublicKey = pair.ExportSubjectPublicKeyInfo(),
            Certificate = site.Certificate,
        }.Write(ref fields);
        return TestRequests.Raw(Opcode.IssueDelegatedCredential, ski, fields.Written.ToArray());
    }

    private static async Task Becomes(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(ChildProcess.Patience);
        while (!condition())
            await Task.Delay(20, patience.Token);
    }
}
