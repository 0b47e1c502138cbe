namespace Latchkey.Interop.Matrix;

/// <summary>What a client wrote of its own secrets (the NSS key log format): the truth that everything else is compared with.</summary>
internal sealed class KeyLog
{
    private readonly List<(string Label, byte[] Secret)> _lines;

    private KeyLog(List<(string, byte[])> lines) => _lines = lines;

    public static KeyLog Read(string file) => new(
        [.. File.ReadLines(file)
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' '))
            .Select(parts => (parts[0], Convert.FromHexString(parts[2])))]);

    /// <summary>TLS 1.2.</summary>
    public byte[] MasterSecret => Last("CLIENT_RANDOM");

    /// <summary>TLS 1.2 with RSA key exchange.</summary>
    public byte[] Premaster => Last("RSA");

    /// <summary>TLS 1.3: both handshake and both application traffic secrets.</summary>
    public IReadOnlyList<byte[]> TrafficSecrets =>
        [Last("CLIENT_HANDSHAKE_TRAFFIC_SECRET"), Last("SERVER_HANDSHAKE_TRAFFIC_SECRET"), Last("CLIENT_TRAFFIC_SECRET_0"), Last("SERVER_TRAFFIC_SECRET_0")];

    /// <summary>TLS 1.3.</summary>
    public byte[] ExporterSecret => Last("EXPORTER_SECRET");

    private byte[] Last(string label) => _lines.Last(line => line.Label == label).Secret;
}
