namespace Latchkey.Wire;

/// <summary>Operations of the keyless protocol (item 11). 40 and up are Latchkey's own.</summary>
public enum Opcode : byte
{
    /// <summary>Placeholder until the wire lands.</summary>
    None = 0,
}
