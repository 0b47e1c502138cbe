using Latchkey.Client.Balancing;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;

namespace Latchkey.Client.Tests;

/// <summary>Signatures that the certificate's key did not make: used by nobody, made again elsewhere, and the culprit named.</summary>
[Trait("Catalogue", "D1")]
[Trait("Attack", "16")]
public sealed class WrongAnswerTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    private static readonly byte[] Hash = new byte[32];

    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256, false)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, false)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256, true)]
    public async Task A_wrong_signature_is_made_again_elsewhere_and_whose_it_is_is_ejected_and_named(TestKey kind, SignatureScheme scheme, bool raw)
    {
        var key = RemoteKey.Of(kind);
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried);
        pool.Answers[0] = AnsweredByAnother(kind);
        pool.Answers[1] = key.AnswerAsync;
        IHandshakeKey remote = raw ? new RawKeyServerKey(pool.Client) : new KeyServerKey(pool.Client);

        for (var i = 0; i < 6; i++)
        {
            var signature = await remote.SignCertificateVerifyAsync(new CertificateVerifySigning(key.Handshake(), scheme, Hash), default);
            Assert.True(key.PublicKey.Verify(scheme, CertificateVerifyContent.ForServer(Hash), signature.Span));
        }

        Assert.Equal(1, pool.Counts[0]);
        var status = pool.Client.Status[0];
        Assert.Equal((HealthState.Ejected, 1L), (status.Health, status.WrongAnswers));
        Assert.Contains("does not verify with the certificate's key", status.EjectionReason, StringComparison.Ordinal);
        Assert.Contains(pool.Log, line => line.Contains($"{pool.Servers[0].EndPoint} gave a wrong answer, which was not used, and gets no operations for 60 s.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_all_are_wrong_nothing_is_used()
    {
        var key = RemoteKey.Of(TestKey.EcdsaP256);
        await using var pool = await FakePool.StartAsync(world, 2, FakePool.Unhurried);
        pool.Answers[0] = pool.Answers[1] = AnsweredByAnother(TestKey.EcdsaP256);

        for (var i = 0; i < 3; i++)
        {
            var failed = await Assert.ThrowsAsync<KeyHolderFailedException>(async () => await new KeyServerKey(pool.Client).SignCertificateVerifyAsync(
                new CertificateVerifySigning(key.Handshake(), SignatureScheme.EcdsaSecp256r1Sha256, Hash), default));
            Assert.Contains("answered \"sign CertificateVerify\" wrongly", failed.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A signature of the right form by a key that nobody knows.</summary>
    private static Func<FakeConnection, KeylessMessage, ValueTask> AnsweredByAnother(TestKey kind)
    {
        using var authority = TestAuthority.Create();
        var key = CryptoProvider.Default.ImportPrivateKey(authority.IssueServer(kind, "www.example.test").PrivateKey);
        var scheme = kind == TestKey.Rsa2048 ? SignatureScheme.RsaPssRsaeSha256 : SignatureScheme.EcdsaSecp256r1Sha256;
        return (connection, message) => connection.RespondAsync(message.Id, key.Sign(scheme, Hash));
    }
}
