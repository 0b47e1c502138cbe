using System.Runtime.InteropServices;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>
/// The functions of one PKCS#11 module under their own names (PKCS#11 v2.40), as far as they are used here. CK_ULONG is as long as a pointer, which it is everywhere but on
/// Windows. A result other than CKR_OK is thrown.
/// </summary>
internal sealed unsafe class Cryptoki
{
    // CK_FUNCTION_LIST: the version in the first place, then pointers in the standard's order.
    private readonly nint* _functions;

    /// <param name="library">A loaded module.</param>
    /// <exception cref="EntryPointNotFoundException">It is no PKCS#11 module.</exception>
    /// <exception cref="CryptokiException">It gives no functions.</exception>
    public Cryptoki(nint library)
    {
        var getFunctionList = (delegate* unmanaged[Cdecl]<nint**, nuint>)NativeLibrary.GetExport(library, "C_GetFunctionList");
        nint* functions;
        CryptokiException.ThrowUnlessOk(getFunctionList(&functions), "C_GetFunctionList");
        _functions = functions;
    }

    /// <summary>False: the program has done it before.</summary>
    public bool Initialize()
    {
        const nuint osLockingOk = 2;
        var arguments = stackalloc nuint[6];
        new Span<nuint>(arguments, 6).Clear();
        arguments[4] = osLockingOk;
        var result = ((delegate* unmanaged[Cdecl]<nuint*, nuint>)_functions[1])(arguments);
        if (result == CryptokiException.AlreadyInitialized)
            return false;
        CryptokiException.ThrowUnlessOk(result, "C_Initialize");
        return true;
    }

    /// <summary>Whatever comes of it.</summary>
    public void End() => ((delegate* unmanaged[Cdecl]<nint, nuint>)_functions[2])(0);

    /// <summary>Slots in which there is a token.</summary>
    public nuint[] GetSlotList()
    {
        var get = (delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)_functions[5];
        nuint count;
        CryptokiException.ThrowUnlessOk(get(1, null, &count), "C_GetSlotList");
        while (true)
        {
            var slots = new nuint[count];
            nuint result;
            fixed (nuint* start = slots)
                result = get(1, start, &count);
            if (result == CryptokiException.BufferTooSmall)
                continue;
            CryptokiException.ThrowUnlessOk(result, "C_GetSlotList");
            return slots[..(int)count];
        }
    }

    /// <param name="info">CK_SLOT_INFO.</param>
    public void GetSlotInfo(nuint slot, byte* info) =>
        CryptokiException.ThrowUnlessOk(((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)_functions[6])(slot, info), "C_GetSlotInfo");

    /// <param name="info">CK_TOKEN_INFO.</param>
    public void GetTokenInfo(nuint slot, byte* info) =>
        CryptokiException.ThrowUnlessOk(((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)_functions[7])(slot, info), "C_GetTokenInfo");

    public nuint OpenSession(nuint slot, bool writable)
    {
        const nuint serial = 4, readWrite = 2;
        nuint session;
        CryptokiException.ThrowUnlessOk(
            ((delegate* unmanaged[Cdecl]<nuint, nuint, nint, nint, nuint*, nuint>)_functions[13])(slot, writable ? serial | readWrite : serial, 0, 0, &session),
            "C_OpenSession");
        return session;
    }

    /// <summary>Whatever comes of it: it may be gone with its token.</summary>
    public void CloseSession(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[14])(session);

    /// <summary>As the normal user.</summary>
    public void Login(nuint session, ReadOnlySpan<byte> pin)
    {
        const nuint user = 1;
        nuint result;
        fixed (byte* start = pin)
            result = ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)_functions[19])(session, user, start, (nuint)pin.Length);
        if (result != CryptokiException.UserAlreadyLoggedIn)
            CryptokiException.ThrowUnlessOk(result, "C_Login");
    }

    public nuint CreateObject(nuint session, ReadOnlySpan<CryptokiAttribute> template)
    {
        nuint handle;
        fixed (CryptokiAttribute* start = template)
        {
            CryptokiException.ThrowUnlessOk(
                ((delegate* unmanaged[Cdecl]<nuint, CryptokiAttribute*, nuint, nuint*, nuint>)_functions[21])(session, start, (nuint)template.Length, &handle),
                "C_CreateObject");
        }
        return handle;
    }

    /// <summary>One attribute; null where the object has none such or does not give it.</summary>
    public byte[]? GetAttribute(nuint session, nuint handle, nuint type)
    {
        var get = (delegate* unmanaged[Cdecl]<nuint, nuint, CryptokiAttribute*, nuint, nuint>)_functions[25];
        var attribute = new CryptokiAttribute { Type = type };
        var result = get(session, handle, &attribute, 1);
        if (result is CryptokiException.AttributeTypeInvalid or CryptokiException.AttributeSensitive || attribute.Length == nuint.MaxValue)
            return null;
        CryptokiException.ThrowUnlessOk(result, "C_GetAttributeValue");
        var value = new byte[attribute.Length];
        fixed (byte* start = value)
        {
            attribute.Value = start;
            CryptokiException.ThrowUnlessOk(get(session, handle, &attribute, 1), "C_GetAttributeValue");
        }
        return value;
    }

    /// <summary>The handles of all objects that have these attributes.</summary>
    public List<nuint> FindObjects(nuint session, ReadOnlySpan<CryptokiAttribute> template)
    {
        const int most = 64;
        fixed (CryptokiAttribute* start = template)
        {
            CryptokiException.ThrowUnlessOk(
                ((delegate* unmanaged[Cdecl]<nuint, CryptokiAttribute*, nuint, nuint>)_functions[27])(session, start, (nuint)template.Length),
                "C_FindObjectsInit");
        }
        try
        {
            var handles = stackalloc nuint[most];
            nuint count;
            CryptokiException.ThrowUnlessOk(((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)_functions[28])(session, handles, most, &count), "C_FindObjects");
            return [.. new ReadOnlySpan<nuint>(handles, (int)count)];
        }
        finally
        {
            ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[29])(session);
        }
    }

    /// <returns>How many bytes were written.</returns>
    public int Decrypt(nuint session, nuint key, nuint mechanism, ReadOnlySpan<byte> input, Span<byte> output) =>
        Run(34, "C_Decrypt", session, key, new CryptokiMechanism { Type = mechanism }, input, output);

    /// <returns>How many bytes were written.</returns>
    public int Sign(nuint session, nuint key, CryptokiMechanism mechanism, ReadOnlySpan<byte> input, Span<byte> output) =>
        Run(43, "C_Sign", session, key, mechanism, input, output);

    // C_DecryptInit and C_Decrypt, C_SignInit and C_Sign: the same forms, in neighbouring places.
    private int Run(int function, string name, nuint session, nuint key, CryptokiMechanism mechanism, ReadOnlySpan<byte> input, Span<byte> output)
    {
        CryptokiException.ThrowUnlessOk(((delegate* unmanaged[Cdecl]<nuint, CryptokiMechanism*, nuint, nuint>)_functions[function])(session, &mechanism, key), $"{name}Init");
        var length = (nuint)output.Length;
        fixed (byte* inputStart = input, outputStart = output)
        {
            CryptokiException.ThrowUnlessOk(
                ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint>)_functions[function + 1])(session, inputStart, (nuint)input.Length, outputStart, &length),
                name);
        }
        return (int)length;
    }
}

/// <summary>CK_ATTRIBUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CryptokiAttribute
{
    public nuint Type;
    public byte* Value;
    public nuint Length;
}

/// <summary>CK_MECHANISM.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CryptokiMechanism
{
    public nuint Type;
    public void* Parameter;
    public nuint ParameterLength;
}
