using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyStores;
using Latchkey.Splitting;
using Microsoft.Extensions.Logging;

namespace Latchkey.KeyServer.Keys;

/// <summary>Reads all configured files and opens all keys in devices into a new <see cref="KeySet"/>: all of them, or none and the first error.</summary>
internal sealed class KeySetLoader(KeyStoreSet stores, CryptoProvider crypto, ILogger log)
{
    /// <summary>Operations that may wait for parts at once; a thread waits for each.</summary>
    private const int PartsUnderWay = 32;

    /// <exception cref="KeyFilesException">A file or folder cannot be used.</exception>
    public KeySet Load(IReadOnlyList<KeySource> sources)
    {
        var keys = new Dictionary<byte[], StoredKey>(IdentifierComparer.Instance);
        var order = new List<StoredKey>();
        var certificates = new List<byte[]>();
        try
        {
            foreach (var source in sources)
                Load(source, keys, order, certificates);
            foreach (var certificate in certificates)
                Attach(certificate, keys);
            return new KeySet(order);
        }
        catch
        {
            order.ForEach(k => k.Release());
            throw;
        }
    }

    private void Load(KeySource source, Dictionary<byte[], StoredKey> keys, List<StoredKey> order, List<byte[]> certificates)
    {
        var found = source switch
        {
            { Uri: { } uri } => Open(uri, source, keys, order, certificates),
            { Path: { } path } => Read(path, source, keys, order, certificates),
            _ => ReadWithoutKeys(source, keys, order, certificates),
        };
        if (found == 0)
            log.NoKeys(source.Place);
        else if (source.Serves(KeyOperations.Raw))
            log.RawOperationsServed(source.Place);
    }

    private int Open(string uri, KeySource source, Dictionary<byte[], StoredKey> keys, List<StoredKey> order, List<byte[]> certificates)
    {
        var beside = source.Certificates is { } path ? KeyFolder.ListCertificates(path).SelectMany(ReadCertificates).ToList() : [];
        try
        {
            var opened = stores.MeansSecret(uri) ? Opened(ReadPart(uri), source) : stores.Open(uri, [.. beside]);
            Add(new StoredKey(opened, crypto.ImportPublicKey(opened.Key.SubjectPublicKeyInfo.Span), source, uri), keys, order);
        }
        catch (Exception e) when (e is KeyStoreException or KeyPartException)
        {
            throw new KeyFilesException(uri, WithoutPlace(e.Message, uri), e);
        }
        certificates.AddRange(beside);
        return 1;
    }

    private int ReadWithoutKeys(KeySource source, Dictionary<byte[], StoredKey> keys, List<StoredKey> order, List<byte[]> certificates)
    {
        if (source.InForce.FirstOrDefault(rule => (rule.Operations & ~KeyOperations.TicketKeys) != 0) is { } tooMuch)
            throw new KeyFilesException(source.Place, $"{tooMuch.Place} allows what needs a private key, and the entry has certificates alone (expected \"operations\": [\"ticket-keys\"])");
        var found = 0;
        foreach (var path in KeyFolder.ListCertificates(source.Place))
        {
            if (ReadCertificates(path) is not [var first, ..])
                throw new KeyFilesException(path, "expected a PEM certificate");
            using var certificate = X509CertificateLoader.LoadCertificate(first);
            var verifier = crypto.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
            Add(new StoredKey(OpenedKey.InThisProcess(new AbsentKey(verifier)), verifier, source, path), keys, order);
            certificates.Add(first);
            found++;
        }
        return found;
    }

    private SplitKey ReadPart(string uri)
    {
        using var kept = stores.ReadSecret(uri);
        return new SplitKey(KeyPartFile.ReadKept(kept.Span));
    }

    private List<byte[]> ReadCertificates(string path)
    {
        var file = KeyFile.Read(path, passphrase: [], crypto);
        file.Key?.Dispose();
        return file.Certificates;
    }

    private int Read(string path, KeySource source, Dictionary<byte[], StoredKey> keys, List<StoredKey> order, List<byte[]> certificates)
    {
        var passphrase = ReadPassphrase(source);
        var found = 0;
        try
        {
            foreach (var entry in KeyFolder.List(path))
            {
                var file = KeyFile.Read(entry.Path, passphrase, crypto);
                certificates.AddRange(file.Certificates);
                if (file.Key is not null)
                {
                    found++;
                    WarnIfReadableByAll(entry.Path);
                    Add(new StoredKey(Opened(file.Key, source), crypto.ImportPublicKey(file.Key.SubjectPublicKeyInfo.Span), source, entry.Path), keys, order);
                }
                else if (entry.MustHoldKey)
                {
                    throw new KeyFilesException(entry.Path, "expected a private key, found only certificates");
                }
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
        return found;
    }

    private static void Add(StoredKey key, Dictionary<byte[], StoredKey> keys, List<StoredKey> order)
    {
        if (keys.TryAdd(key.Ski, key))
        {
            order.Add(key);
            return;
        }
        if (TryAddPart(keys[key.Ski], key, out var joint))
        {
            keys[key.Ski] = joint;
            order[order.FindIndex(one => one.Ski.AsSpan().SequenceEqual(key.Ski))] = joint;
            return;
        }
        // Twice in one folder (x.key and a bundle x.pem) is common and harmless; under two entries it is unclear whose rules hold.
        var first = keys[key.Ski];
        var sameRules = ReferenceEquals(first.Source, key.Source);
        key.Release();
        if (!sameRules)
            throw new KeyFilesException(key.File, $"the same key is in {first.File}, which another entry of \"keys\" names (expected each key under one entry)");
    }

    // Two parts of one key in one folder are one key of which more is here.
    private static bool TryAddPart(StoredKey first, StoredKey second, [NotNullWhen(true)] out StoredKey? joint)
    {
        joint = null;
        if (first.Private is not SplitKey one || second.Private is not SplitKey other || !ReferenceEquals(first.Source, second.Source))
            return false;
        try
        {
            joint = new StoredKey(Opened(one.With(other), first.Source), first.Public, first.Source, first.File);
            second.Public.Dispose();
            return true;
        }
        catch (KeyPartException e)
        {
            throw new KeyFilesException(second.File, e.Message, e);
        }
    }

    // Whoever waits for parts from elsewhere must not hold up the keys that are here.
    private static OpenedKey Opened(PrivateKey key, KeySource source) => key is SplitKey && source.PartsFrom.Count > 0
        ? new OpenedKey(key, $"parts from {string.Join(", ", source.PartsFrom)}", PartsUnderWay)
        : OpenedKey.InThisProcess(key);

    private static void Attach(byte[] der, Dictionary<byte[], StoredKey> keys)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        if (!keys.TryGetValue(KeyIds.Ski(certificate.PublicKey.ExportSubjectPublicKeyInfo()), out var key))
            return; // an intermediate, or a certificate whose key is elsewhere
        key.Add(CertificateNames.Describe(certificate));
    }

    private static string WithoutPlace(string message, string uri) => message.StartsWith($"{uri}: ", StringComparison.Ordinal) ? message[(uri.Length + 2)..] : message;

    // UTF-8, without the line's end; no string is made of it, which could not be zeroed.
    private static byte[] ReadPassphrase(KeySource source)
    {
        if (source.PassphraseFile is not { } file)
            return [];
        var bytes = Array.Empty<byte>();
        try
        {
            bytes = File.ReadAllBytes(file);
            var end = bytes.AsSpan().IndexOfAny((byte)'\r', (byte)'\n');
            return (end < 0 ? bytes : bytes.AsSpan(0, end)).ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFilesException(file, $"the passphrase cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private void WarnIfReadableByAll(string file)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.OtherRead) != 0)
            log.KeyReadableByAll(file);
    }
}
