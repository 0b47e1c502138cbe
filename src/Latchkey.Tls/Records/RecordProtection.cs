namespace Latchkey.Tls.Records;

/// <summary>Keys of one direction and the record sequence number that goes with them.</summary>
public abstract class RecordProtection : IDisposable
{
    /// <summary>Frees the keys.</summary>
    public abstract void Dispose();
}
