using Latchkey.Crypto;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// <c>tpm2:handle=0x81000001</c> and <c>tpm2:object=/etc/latchkey/site.tpm</c>: keys in a TPM 2.0 (catalogue S1), to which commands are sent as the standard writes them: no library of
/// the TPM's is needed. RSA signs and decrypts, ECDSA signs with P-256 and P-384.
/// </summary>
public sealed class TpmKeyStore : IKeyStore, ISecretStore
{
    private readonly Dictionary<string, TpmDevice> _devices = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public string Scheme => "tpm2";

    /// <inheritdoc/>
    public OpenedKey Open(KeyUri uri)
    {
        var parsed = TpmUri.Parse(uri);
        if (parsed.SealedFile is not null)
            throw new KeyStoreException($"{uri}: a sealed part is no key (expected handle=0x81000001 or object=/path/of/the/key)");
        var device = DeviceOf(parsed.Device);
        return new OpenedKey(DeviceCheck.Open(uri, () => TpmPrivateKey.Open(device, parsed)), device.Name, Concurrency: 1);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> FilesOf(KeyUri uri)
    {
        var parsed = TpmUri.Parse(uri);
        return [.. new[] { parsed.File, parsed.SealedFile, parsed.AuthFile }.OfType<string>()];
    }

    /// <inheritdoc/>
    public bool MeansSecret(KeyUri uri) => TpmUri.Parse(uri).SealedFile is not null;

    /// <inheritdoc/>
    public SecretBytes ReadSecret(KeyUri uri)
    {
        var parsed = TpmUri.Parse(uri);
        return TpmSealedSecret.Read(DeviceOf(parsed.Device), parsed);
    }

    /// <inheritdoc/>
    public void WriteSecret(KeyUri uri, SecretBytes secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var parsed = TpmUri.Parse(uri);
        TpmSealedSecret.Write(DeviceOf(parsed.Device), parsed, secret);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var device in _devices.Values)
                device.Dispose();
            _devices.Clear();
        }
    }

    private TpmDevice DeviceOf(string path)
    {
        lock (_lock)
        {
            if (!_devices.TryGetValue(path, out var device))
                _devices.Add(path, device = new TpmDevice(path));
            return device;
        }
    }
}
