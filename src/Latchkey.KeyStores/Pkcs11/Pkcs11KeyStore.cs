using Latchkey.Crypto;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>
/// <c>pkcs11:token=site;object=tls?module-path=/usr/lib/softhsm/libsofthsm2.so&amp;pin-source=/etc/latchkey/pin</c>: a key in an HSM, by the module its maker gives
/// (RFC 7512, catalogue S2). RSA signs with PKCS#1 and PSS and decrypts, ECDSA signs with P-256 and P-384.
/// </summary>
public sealed class Pkcs11KeyStore : IKeyStore, ISecretStore
{
    private readonly Dictionary<string, Pkcs11Token> _tokens = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public string Scheme => "pkcs11";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri)
    {
        var parsed = Pkcs11Uri.Parse(uri);
        var token = TokenOf(parsed);
        var key = DeviceCheck.Open(uri, () => Pkcs11PrivateKey.Open(token, parsed));
        return new OpenedKey(key, token.Name, token.Sessions);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FilesOf(KeyUri uri) => Pkcs11Uri.Parse(uri).PinFile is { } file ? [file] : [];

    /// <inheritdoc/>
    public bool MeansSecret(KeyUri uri) => Pkcs11Uri.Parse(uri).Value("type") == "data";

    /// <inheritdoc/>
    public SecretBytes ReadSecret(KeyUri uri)
    {
        var parsed = Pkcs11Uri.Parse(uri);
        return TokenOf(parsed).Use((functions, session) => Pkcs11Objects.ReadData(functions, session.Handle, parsed));
    }

    /// <inheritdoc/>
    public void WriteSecret(KeyUri uri, SecretBytes secret)
    {
        var parsed = Pkcs11Uri.Parse(uri);
        TokenOf(parsed).UseWritable((functions, session) => Pkcs11Objects.WriteData(functions, session, parsed, secret.Span));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var token in _tokens.Values)
                token.Dispose();
            _tokens.Clear();
        }
    }

    private Pkcs11Token TokenOf(Pkcs11Uri uri)
    {
        lock (_lock)
        {
            if (_tokens.TryGetValue(uri.TokenKey, out var token))
            {
                token.TryAgain();
                return token;
            }
            token = new Pkcs11Token(uri);
            _tokens.Add(uri.TokenKey, token);
            return token;
        }
    }
}
