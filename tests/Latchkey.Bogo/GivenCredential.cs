using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Bogo;

/// <summary>A delegated credential of the runner's, for one certificate. What it says is not judged: that is done by whoever gets one from a key server.</summary>
internal sealed class GivenCredential(TlsCertificate certificate, DelegatedCredential credential, PrivateKey key) : DelegatedCredentialSource
{
    public override ReadOnlyMemory<byte> Certificate => certificate.Fingerprint;

    public override ServedCredential Current { get; } = new(credential, CryptoProvider.Default.ImportPublicKey(credential.SubjectPublicKeyInfo.Span), key);
}
