using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.Bogo;

/// <summary>
/// Exported keying material of TLS 1.2 (RFC 5705 §4), with which the runner's tests of suites compare master secrets. The engine exports none: the shim
/// makes it of the secret that the session is kept with.
/// </summary>
internal sealed class KeyingMaterial
{
    private int _length;
    private string _label = "";

    public bool IsAskedFor => _length > 0;

    /// <returns>false where the flag is none of this kind, or for something that is not done.</returns>
    public bool TrySet(string name, Func<string> value)
    {
        switch (name)
        {
            case "-export-keying-material": _length = int.Parse(value(), System.Globalization.CultureInfo.InvariantCulture); return true;
            case "-export-label": _label = value(); return true;
            // Counts with -use-export-context only.
            case "-export-context": _ = value(); return true;
            default: return false;
        }
    }

    /// <param name="masterSecret">Lent.</param>
    /// <exception cref="UnimplementedException">Of TLS 1.3.</exception>
    public byte[] Derive(TlsHandshakeInfo info, ClientHello hello, byte[] serverRandom, SecretBytes masterSecret)
    {
        if (info.Version != TlsVersion.Tls12)
            throw new UnimplementedException("exporters of TLS 1.3");
        // RFC 5246 §5: SHA-256 but for suites that name SHA-384.
        var digest = info.CipherSuite.ToString().EndsWith("SHA384", StringComparison.Ordinal) ? DigestAlgorithm.Sha384 : DigestAlgorithm.Sha256;
        var material = new byte[_length];
        Tls12Prf.Derive(CryptoProvider.Default, digest, masterSecret.Span, Encoding.ASCII.GetBytes(_label), hello.Random.Span, serverRandom, material);
        return material;
    }
}
