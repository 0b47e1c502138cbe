using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Bogo;

/// <summary>What the shim authenticates itself with: a certificate by its files, or an external pre-shared key to be imported (RFC 9258).</summary>
internal sealed class Credential
{
    private string? _chainFile;
    private string? _keyFile;
    private byte[]? _delegated;
    private byte[]? _externalKey;
    private byte[] _identity = [];
    private byte[] _context = [];
    private DigestAlgorithm _digest = DigestAlgorithm.Sha256;

    public bool IsPresent => _chainFile is not null || IsPreSharedKey;

    public bool IsPreSharedKey => _externalKey is not null;

    /// <summary>Of the certificate there is no key then: the file has that of the delegated credential.</summary>
    public bool IsDelegated => _delegated is not null;

    /// <returns>false where the flag is none of this kind.</returns>
    public bool TrySet(string name, Func<string> value)
    {
        switch (name)
        {
            case "-cert-file": _chainFile = value(); return true;
            case "-key-file": _keyFile = value(); return true;
            case "-delegated-credential": _delegated = Convert.FromBase64String(value()); return true;
            case "-psk-importer-key": _externalKey = Convert.FromBase64String(value()); return true;
            case "-psk-importer-identity": _identity = Convert.FromBase64String(value()); return true;
            case "-psk-importer-context": _context = Convert.FromBase64String(value()); return true;
            case "-psk-importer-sha256": _digest = DigestAlgorithm.Sha256; return true;
            case "-psk-importer-sha384": _digest = DigestAlgorithm.Sha384; return true;
            default: return false;
        }
    }

    /// <exception cref="UnimplementedException">The key is of a kind that the engine does not know.</exception>
    public TlsCertificate ToCertificate()
    {
        try
        {
            return TlsCertificate.FromPem(File.ReadAllText(_chainFile!), CryptoProvider.Default, new SignatureCustody("local", new LocalHandshakeKey(ReadKey())));
        }
        catch (CryptographicException unknown)
        {
            throw new UnimplementedException(unknown.Message);
        }
    }

    /// <summary>The delegated credential, for the certificate beside it.</summary>
    /// <exception cref="ArgumentException">It is none that may be served.</exception>
    public GivenCredential ToDelegatedCredential(TlsCertificate certificate) =>
        new(certificate, DelegatedCredential.TryParse(_delegated) ?? throw new ArgumentException("There is no delegated credential."), ReadKey());

    private PrivateKey ReadKey() => PrivateKeyReader.Read(CryptoProvider.Default, File.ReadAllBytes(_keyFile!));

    /// <summary>One for each digest of a suite.</summary>
    public IEnumerable<PreSharedKey> ToPreSharedKeys()
    {
        using var external = SecretBytes.CopyOf(_externalKey);
        return [Import(external, DigestAlgorithm.Sha256), Import(external, DigestAlgorithm.Sha384)];
    }

    private PreSharedKey Import(SecretBytes external, DigestAlgorithm target) =>
        PreSharedKey.Import(CryptoProvider.Default, external, _digest, _identity, _context, target);
}
