using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 16: one wrong RSA signature (Lenstra 1996; Weimer 2015 found them in the wild) gives away a factor of the modulus to whoever
/// sees it. Attack 12 looks the same from here: a signature by another key than the certificate's.
/// </summary>
[Trait("Attack", "16")]
[Trait("Attack", "12")]
public sealed class Attack16WrongSignatureTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, false)]
    public async Task A_signature_that_does_not_verify_never_reaches_the_client(SslProtocols version, bool faulty)
    {
        using var authority = TestAuthority.Create();
        var certificate = authority.IssueServer(TestKey.Rsa2048, "site.test");
        var signer = faulty ? certificate : authority.IssueServer(TestKey.Rsa2048, "site.test");
        using var key = CryptoProvider.Default.ImportPrivateKey(signer.PrivateKey);
        var holder = new WrongKey(key, faulty);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();
        var serving = new AttackedSite(certificate, holder).ServeAsync(accepted);
        var seen = new RecordingStream(client.GetStream());
        await using var stream = new SslStream(seen);

        var alarm = await Assert.ThrowsAnyAsync<Exception>(() => stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "site.test",
            EnabledSslProtocols = version,
            RemoteCertificateValidationCallback = (_, presented, _, _) => presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(certificate.Certificate),
        }));

        var failure = Assert.IsType<KeyHolderFailedException>(await serving);
        Assert.Equal(AlertDescription.InternalError, failure.Alert);
        Assert.IsNotType<TimeoutException>(alarm);
        Assert.NotNull(holder.Signature);
        // In TLS 1.2 it would travel in the clear.
        Assert.Equal(-1, seen.Bytes.AsSpan().IndexOf(holder.Signature.AsSpan(0, 16)));
        Assert.InRange(seen.Bytes.Length, 7, version == SslProtocols.Tls12 ? 64 : 4096);
    }

    private sealed class WrongKey(PrivateKey key, bool faulty) : IHandshakeKey
    {
        public byte[]? Signature { get; private set; }

        public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
            Sign(request.Scheme, ServerKeyExchangeContent.Build(request.ClientRandom.Span, request.ServerRandom.Value.Span, request.Parameters.Span));

        public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
            Sign(request.Scheme, CertificateVerifyContent.ForServer(request.TranscriptHash.Span));

        public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        private ValueTask<ReadOnlyMemory<byte>> Sign(SignatureScheme scheme, byte[] content)
        {
            Signature = key.Sign(scheme, content);
            if (faulty)
                Signature[100] ^= 4;
            return ValueTask.FromResult<ReadOnlyMemory<byte>>(Signature);
        }
    }
}
